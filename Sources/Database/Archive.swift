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

    /// Removes rows of a table older than `time`, at most `limit`.
    ///
    /// - Returns: The number of removed rows.
    func prune(_ table: PrunedTable, before time: Timestamp, limit: Int) throws(StoreError) -> Int

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

    /// Returns the statement that removes rows older than `$1`, at most `limit`, so that no lock is held for long.
    static func prune(_ table: PrunedTable, limit: Int) -> String {
        let (key, time) = table.keyAndTime
        return """
            DELETE FROM \(table.rawValue) WHERE (\(key)) IN
                (SELECT \(key) FROM \(table.rawValue) WHERE \(time) < $1 LIMIT \(limit))
            """
    }
}

/// A table whose old rows are removed.
package enum PrunedTable: String, Sendable, CaseIterable {
    case trades, alerts, outcomes, audits
    case portfolios = "portfolio_snapshots"
    case leaderboards = "leaderboard_snapshots"

    fileprivate var keyAndTime: (key: String, time: String) {
        switch self {
        case .trades, .alerts: ("id", "time")
        case .outcomes: ("trade_id", "time")
        case .audits: (#"feed, "from", "to""#, #""to""#)
        case .portfolios: ("wallet, as_of", "as_of")
        case .leaderboards: ("period, as_of", "as_of")
        }
    }
}
