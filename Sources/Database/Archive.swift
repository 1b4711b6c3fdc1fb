import PMRecord

/// What has been stored, for those who read it or clear it away.
package protocol Archive: AnyObject {
    /// The next trades of the selection, by time, each the line that came in.
    ///
    /// - Parameter position: The last trade of the page before; `nil` for the first page.
    func page(
        of selection: Selection, after position: Position?, limit: Int
    ) throws(StoreError) -> [(line: [UInt8], position: Position)]

    /// The gaps by their beginning, each the line that was last told of it.
    func gaps(includingClosed: Bool) throws(StoreError) -> [[UInt8]]

    /// Removes trades, alerts and snapshots from before that time, at most `limit` of each.
    ///
    /// - Returns: How many rows are gone.
    func prune(before time: Timestamp, limit: Int) throws(StoreError) -> Int

    /// What the database is, and what would be done to it, as sentences for people. Changes nothing.
    func inspect() throws(StoreError) -> [String]
}

/// A place in the order of trades, by time and id.
package struct Position: Sendable {
    let time: String
    let id: String
}

/// Which trades are asked for. Of several wallets, markets or tiers any may match.
package struct Selection: Sendable {
    package var since: Timestamp?
    /// Trades at that time are not among them.
    package var until: Timestamp?
    package var wallets: [String] = []
    /// Condition ids, slugs or event slugs.
    package var markets: [String] = []
    package var tiers: [String] = []
    /// Whether only those are asked for whose enrichment is still wanting.
    package var isWanting = false

    package init() {}
}

/// A query for trades, in words that both databases understand.
struct TradeQuery {
    private(set) var sql = ""
    /// The values of `$1`, `$2`, …, each of which stands in the text once, in this order.
    private(set) var values: [String] = []

    /// - Parameter time: The column `time` as RFC 3339, in the database's words.
    init(_ selection: Selection, after position: Position?, limit: Int, time: String) {
        var conditions: [String] = []
        if let position {
            conditions.append("(time, id) > (\(place(position.time)), \(place(position.id)))")
        }
        if let since = selection.since { conditions.append("time >= \(place(since.description))") }
        if let until = selection.until { conditions.append("time < \(place(until.description))") }
        if !selection.wallets.isEmpty { conditions.append(any(of: selection.wallets, in: ["wallet"])) }
        if !selection.tiers.isEmpty { conditions.append(any(of: selection.tiers, in: ["tier"])) }
        if !selection.markets.isEmpty {
            conditions.append(any(of: selection.markets, in: ["condition_id", "slug", "event_slug"]))
        }
        if selection.isWanting {
            conditions.append("enrichment IN ('pending', 'partial', 'failed', 'skipped')")
        }
        let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        sql = "SELECT record, \(time), id FROM trades \(filter) ORDER BY time, id LIMIT \(limit)"
    }

    private mutating func place(_ value: String) -> String {
        values.append(value)
        return "$\(values.count)"
    }

    private mutating func any(of wanted: [String], in columns: [String]) -> String {
        let alternatives = columns.map { column in
            "\(column) IN (" + wanted.map { place($0) }.joined(separator: ", ") + ")"
        }
        return "(" + alternatives.joined(separator: " OR ") + ")"
    }
}

/// Statements that remove what is older than `$1`.
enum Pruning {
    static func statements(limit: Int) -> [String] {
        let targets = [
            ("trades", key: "id", time: "time"), ("alerts", key: "id", time: "time"),
            ("portfolio_snapshots", key: "wallet, as_of", time: "as_of"),
            ("leaderboard_snapshots", key: "period, as_of", time: "as_of"),
        ]
        // in small steps, so that no lock is held for long
        return targets.map { table, key, time in
            """
            DELETE FROM \(table) WHERE (\(key)) IN
                (SELECT \(key) FROM \(table) WHERE \(time) < $1 LIMIT \(limit))
            """
        }
    }
}

extension Migration {
    /// What is known of a schema's version, as sentences.
    static func report(version: Int) -> [String] {
        switch version {
        case newest: ["the schema is version \(version), and up to date"]
        case ..<newest: ["the schema is version \(version); would bring it to version \(newest)"]
        default: ["the schema is version \(version), newer than this program, which knows \(newest) at most"]
        }
    }
}
