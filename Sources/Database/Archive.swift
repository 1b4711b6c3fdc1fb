import PMRecord

/// The stored data, as the commands of pm-store read and prune it.
package protocol Archive: AnyObject {
    /// Returns the next trades of the selection, ordered by time, each as the line that came in.
    ///
    /// - Parameter position: The last trade of the page before; `nil` for the first page.
    func page(
        of selection: TradeSelection, after position: PagePosition?, limit: Int
    ) throws(StoreError) -> [(line: [UInt8], position: PagePosition)]

    /// Returns the gaps ordered by their start, each as the latest line of that gap.
    func gaps(includingClosed: Bool) throws(StoreError) -> [[UInt8]]

    /// Removes trades, outcomes, alerts and snapshots older than `time`, at most `limit` of each.
    ///
    /// - Returns: The number of removed rows.
    func prune(before time: Timestamp, limit: Int) throws(StoreError) -> Int

    /// Returns sentences that describe the database and the pending migrations. Changes nothing.
    func inspect() throws(StoreError) -> [String]
}

/// A trade's place in the order of trades, by time and id.
package struct PagePosition: Sendable {
    let time: String
    let id: String
}

/// The SQL of ``Archive`` that both databases understand.
enum ArchiveSQL {
    /// Selects the lines of gaps.
    static func gaps(includingClosed: Bool) -> String {
        let filter = includingClosed ? "" : "WHERE state <> 'closed'"
        return #"SELECT record FROM gaps \#(filter) ORDER BY "from", id"#
    }

    /// Statements that remove rows older than `$1`.
    static func prune(limit: Int) -> [String] {
        let targets = [
            ("trades", key: "id", time: "time"), ("alerts", key: "id", time: "time"),
            ("outcomes", key: "trade_id", time: "time"),
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
