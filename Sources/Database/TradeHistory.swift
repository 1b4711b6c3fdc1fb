import PMRecord
import Postgres
import SQLite

/// The stored trades from the newest to the oldest, as the live page reads them.
package protocol TradeHistory: AnyObject {
    /// Returns the lines of trades before `position`, the newest first. Withdrawn trades are left out.
    ///
    /// - Parameter position: `nil` for the newest trades of all.
    func latestTrades(
        _ selection: HistorySelection, before position: HistoryPosition?, limit: Int
    ) throws(StoreError) -> [(line: [UInt8], position: HistoryPosition)]
}

/// A filter on the history; `nil` admits all.
package struct HistorySelection: Sendable, Equatable {
    package var id: String?
    package var wallet: String?
    /// A condition id.
    package var market: String?

    package init(id: String? = nil, wallet: String? = nil, market: String? = nil) {
        self.id = id
        self.wallet = wallet
        self.market = market
    }
}

/// A place in the order of trades by time and id, as text: `2026-11-22T10:00:00.000Z,f663e225…`. Without an id, it is
/// before all trades of that time.
package struct HistoryPosition: Sendable, Equatable, CustomStringConvertible {
    private let time: Timestamp
    private let id: String

    fileprivate init?(time: String?, id: String?) {
        guard let id, let time = time.flatMap({ Timestamp($0) }) else { return nil }
        self.time = time
        self.id = id
    }

    /// Parses a position; `nil` for invalid text.
    package init?(_ text: String) {
        let parts = text.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
        guard let time = Timestamp(String(parts[0])) else { return nil }
        let id = parts.count > 1 ? parts[1] : ""
        guard id.utf8.count <= 64, id.allSatisfy(\.isHexDigit) else { return nil }
        self.time = time
        self.id = String(id)
    }

    package var description: String { id.isEmpty ? "\(time)" : "\(time),\(id)" }

    fileprivate var values: [String] { [time.description, id] }
}

/// The query of ``TradeHistory``, in SQL that both databases understand. Each of its orders has an index: by time, by
/// wallet and time, by market and time.
private struct HistoryQuery {
    private(set) var values: [String] = []
    private var conditions = ["retracted_at IS NULL"]

    init(_ selection: HistorySelection, before position: HistoryPosition?) {
        if let position {
            values = position.values
            conditions.append("(time, id) < ($1, $2)")
        }
        let columns = [
            ("id", selection.id), ("wallet", selection.wallet), ("condition_id", selection.market),
        ]
        for case (let column, let value?) in columns {
            values.append(value)
            conditions.append("\(column) = $\(values.count)")
        }
    }

    /// - Parameter time: An expression of the database for the column `time` as RFC 3339.
    func sql(time: String, limit: Int) -> String {
        """
        SELECT record, \(time), id FROM trades WHERE \(conditions.joined(separator: " AND "))
        ORDER BY trades.time DESC, id DESC LIMIT \(limit)
        """
    }
}

extension SQLiteStore: TradeHistory {
    package func latestTrades(
        _ selection: HistorySelection, before position: HistoryPosition?, limit: Int
    ) throws(StoreError) -> [(line: [UInt8], position: HistoryPosition)] {
        let session = try openSession()
        let query = HistoryQuery(selection, before: position)
        return try SQLiteStore.attempt { () throws(SQLiteError) in
            let statement = try session.database.prepare(query.sql(time: "time", limit: limit))
            for (index, value) in query.values.enumerated() { try statement.bind(value, at: index + 1) }
            var trades: [(line: [UInt8], position: HistoryPosition)] = []
            while try statement.step() {
                guard let position = HistoryPosition(time: statement.text(1), id: statement.text(2))
                else { continue }
                trades.append((statement.withBytes(0) { $0.map(Array.init) ?? [] }, position))
            }
            return trades
        }
    }
}

extension PostgresStore: TradeHistory {
    package func latestTrades(
        _ selection: HistorySelection, before position: HistoryPosition?, limit: Int
    ) throws(StoreError) -> [(line: [UInt8], position: HistoryPosition)] {
        let query = HistoryQuery(selection, before: position)
        return try request { session throws(PostgresError) in
            let rows = try session.connection.run(
                query.sql(time: utc("time"), limit: limit), query.values.map { Parameter.text($0) })
            return (0..<rows.count).compactMap { row in
                guard let position = HistoryPosition(time: rows[row, 1], id: rows[row, 2])
                else { return nil }
                return (rows.withBytes(row, 0) { $0.map(Array.init) ?? [] }, position)
            }
        }
    }
}
