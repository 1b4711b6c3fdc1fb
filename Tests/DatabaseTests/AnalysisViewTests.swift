import Database
import DatabaseFixtures
import Testing

/// The views of schema version 5, on each database.
struct AnalysisViewTests {
    private func database(_ backend: Backend, _ lines: [String]) throws -> TestDatabase {
        let database = try TestDatabase(backend)
        try database.makeStore().save(Batch(lines: lines))
        return database
    }

    @Test(arguments: Backend.available)
    func detailsOfATradeAreTypedColumns(_ backend: Backend) throws {
        let more =
            #","tier":"WHALE","role":"taker","tags":["WHALE","SWEEPER"],"profile":{"win_rate":0.625,"total_profit":-12.5,"#
            + #""label":"Degen","positions":40,"as_of":"2026-11-22T10:00:01.000Z"},"market":{"question":"Rain?","tags":["Weather","#
            + #""Daily"],"end_date":"2026-12-31T12:00:00.5Z","volume":1000,"closed":false,"as_of":"2026-11-22T10:00:01.000Z"},"#
            + #""impact":{"slippage_percent":1.25}"#
        let database = try database(
            backend,
            [Line.trade("a", time: "2026-11-22T23:59:59.125Z", more: more), Line.trade("b", market: "0xm2")])
        #expect(
            try database.rows(
                """
                SELECT id, day, category, CAST(1000 * win_rate AS integer), CAST(10 * total_profit AS integer),
                    CAST(100 * slippage AS integer), CAST(1000 * unix_time AS bigint), role
                FROM trade_details ORDER BY id
                """) == [
                    "a|2026-11-22|Weather|625|-125|125|1795391999125|taker",
                    "b|2026-11-22|||||1795341600000|",
                ])
        let end = "2026-12-31" + (backend == .sqlite ? "T12:00:00.500Z" : " 12:00:00.5+00")
        #expect(try database.value("SELECT end_date FROM trade_details WHERE id = 'a'") == end)
        #expect(
            try database.rows("SELECT condition_id, category, closed, volume FROM market_details ORDER BY 1")
                == ["0xm1|Weather|\(backend == .sqlite ? "0" : "f")|1000", "0xm2|||"])
        #expect(
            try database.rows("SELECT label, positions FROM wallet_details") == ["Degen|40"])
        #expect(
            try database.rows("SELECT trade_id, tag FROM trade_tags ORDER BY tag") == [
                "a|SWEEPER", "a|WHALE",
            ])
    }

    /// A line of another program may have anything in these members. It must not spoil the queries.
    @Test(
        arguments: Backend.available,
        [
            #""x""#, "[]", "{}", "true", "1e99", #""2026-02-31T00:00:00Z""#, #""2026-11-22""#,
            #"{"tags":{"a":1}}"#,
        ])
    func anOddMemberIsNull(_ backend: Backend, _ odd: String) throws {
        let parts = [
            #","tags":\#(odd)"#, #","profile":\#(odd)"#,
            #","profile":{"win_rate":\#(odd),"positions":\#(odd)}"#,
            #","market":\#(odd)"#,
            #","market":{"end_date":\#(odd),"tags":\#(odd),"closed":\#(odd),"volume":\#(odd)}"#,
            #","impact":{"slippage_percent":\#(odd)}"#, #","impact":\#(odd)"#,
        ]
        let lines = parts.enumerated().map {
            Line.trade("t\($0)", wallet: "0xw\($0)", market: "0xm\($0)", more: $1)
        }
        let database = try database(backend, lines)
        #expect(try database.rows("SELECT * FROM trade_details").count == lines.count)
        #expect(try database.rows("SELECT * FROM wallet_details").count == lines.count)
        #expect(try database.rows("SELECT * FROM market_details").count == lines.count)
        #expect(try database.rows("SELECT * FROM trade_tags").isEmpty)
        #expect(
            try database.rows("SELECT id FROM trade_details WHERE slippage > 0 OR win_rate > 0").count <= 2)
    }

    @Test(arguments: Backend.available)
    func agoComparesWithTimes(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        try database.makeStore().open()
        let time =
            backend == .sqlite
            ? "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-2 hours')" : "now() - interval '2 hours'"
        try database.execute("INSERT INTO trades (id, revision, time, record) VALUES ('a', 0, \(time), '{}')")
        for (period, isFound) in ["minute", "hour"].map({ ($0, false) })
            + ["day", "week", "month", "year"].map({ ($0, true) })
        {
            #expect(
                try database.rows("SELECT id FROM trade_details WHERE time >= (SELECT \(period) FROM ago)")
                    .isEmpty
                    == !isFound, "\(period)")
        }
    }

    @Test func postgresFindsTagsByTheirIndex() throws {
        guard Backend.available.contains(.postgres) else { return }
        let database = try database(.postgres, [Line.trade("a", more: #","tags":["WHALE","SWEEPER"]"#)])
        let query = "SELECT id FROM trade_details WHERE tags ? 'SWEEPER'"
        #expect(try database.rows(query) == ["a"])
        let setting = "format('ALTER DATABASE %I SET enable_seqscan = off', current_database())"
        try database.execute("DO $$ BEGIN EXECUTE \(setting); END $$")
        let plan = try database.rows("EXPLAIN \(query)")
        #expect(plan.contains { $0.contains("trades_tags") })
    }
}
