extension Schema {
    /// Returns the view of version 5 that tells how much of each day each feed covered.
    ///
    /// The days are those with trades, gaps or audits. Of a table of trades only the first moment of each day is read,
    /// through the index of times. A day counts from the first trade of the database, and up to now.
    static func coverageByDay(_ database: SchemaDialect) -> String {
        let dayStart = database.greatest("d.since", "coalesce(beginning.time, d.since)")
        let dayEnd = database.least("d.until", database.now())
        let gapStart = database.greatest("g.\"from\"", dayStart)
        let gapEnd = database.least("coalesce(g.\"to\", \(database.now()))", dayEnd)
        let missing = "\(database.seconds(gapEnd)) - \(database.seconds(gapStart))"
        let length = "\(database.seconds(dayEnd)) - \(database.seconds(dayStart))"
        return """

                WITH RECURSIVE trade_days (day) AS (
                    SELECT \(database.day("min(time)")) FROM trades
                    UNION ALL
                    SELECT (SELECT \(database.day("min(time)")) FROM trades
                        WHERE time >= \(database.start(of: "trade_days.day", plus: 1)))
                    FROM trade_days WHERE day IS NOT NULL
                ), gap_days (day, last) AS (
                    SELECT \(database.day("\"from\"")), \(database.day("coalesce(\"to\", \(database.now()))")) FROM gaps
                    UNION
                    SELECT \(database.nextDay("day")), last FROM gap_days WHERE day < last
                ), days (day) AS (
                    SELECT day FROM trade_days WHERE day IS NOT NULL
                    UNION SELECT day FROM gap_days
                    UNION SELECT \(database.day("\"from\"")) FROM audits
                ), feeds (feed) AS (
                    SELECT feed FROM gaps UNION SELECT feed FROM audits
                    UNION SELECT feed FROM (SELECT feed FROM trades ORDER BY time DESC LIMIT 1) AS newest
                ), beginning (time) AS (
                    SELECT min(time) FROM trades
                ), spans (day, feed, since, until) AS (
                    SELECT day, feed, \(database.start(of: "day")), \(database.start(of: "day", plus: 1))
                    FROM days CROSS JOIN feeds WHERE feed IS NOT NULL
                ), missing (day, feed, gaps, seconds, recovered) AS (
                    SELECT d.day, d.feed, count(*),
                        sum(CASE WHEN g.state <> 'closed' AND \(missing) > 0 THEN \(missing) ELSE 0 END),
                        sum(g.recovered)
                    FROM spans d CROSS JOIN beginning JOIN gaps g ON g.feed = d.feed AND g."from" < d.until
                        AND coalesce(g."to", \(database.now())) >= d.since
                    GROUP BY d.day, d.feed
                ), audited (day, feed, known, missed) AS (
                    SELECT \(database.day("\"from\"")), feed, sum(known), sum(missed) FROM audits
                    GROUP BY \(database.day("\"from\"")), feed
                )
                SELECT d.day, d.feed, coalesce(m.gaps, 0) AS gaps, round(coalesce(m.seconds, 0), 3) AS missing_seconds,
                    round(CASE WHEN \(length) > 0 THEN
                        \(database.greatest("0", "100 - 100.0 * coalesce(m.seconds, 0) / (\(length))")) END, 3) AS percent,
                    coalesce(m.recovered, 0) AS recovered, a.known AS audited, a.missed,
                    CASE WHEN a.known > 0 THEN round(100.0 * (a.known - a.missed) / a.known, 3) END AS received_percent
                FROM spans d CROSS JOIN beginning
                    LEFT JOIN missing m ON m.day = d.day AND m.feed = d.feed
                    LEFT JOIN audited a ON a.day = d.day AND a.feed = d.feed
            """
    }
}
