import Database
import Glibc
import PMJSON
import PMPipe
import Synchronization

/// The trades in the database, read only. Used by one thread at a time, which may wait for the database.
final class StoredTrades: Sendable {
    private let location: DatabaseLocation
    private let log: StageLog
    /// `nil` until the first use, and after an error.
    private let store = Mutex<(any TradeHistory)?>(nil)

    init(_ location: DatabaseLocation, log: StageLog) {
        self.location = location
        self.log = log
    }

    /// Returns one page; its events have no numbers.
    ///
    /// - Returns: `nil` if the database cannot be read, which is logged.
    func page(_ selection: HistorySelection, before position: HistoryPosition?) -> HistoryPage? {
        // pm-store creates the file with the first trade.
        if case .sqlite(let path) = location, access(path, F_OK) != 0 { return HistoryPage() }
        let limit = HistoryRequest.mostTrades
        return store.withLock { store in
            do throws(StoreError) {
                let open: any TradeHistory = store ?? location.makeStore(for: .reading)
                store = nil
                let trades = try open.latestTrades(selection, before: position, limit: limit)
                store = open
                var page = HistoryPage()
                page.events = trades.reversed().map { Self.event($0.line) }
                page.older =
                    trades.count == limit ? trades.last.map { .stored($0.position.description) } : nil
                return page
            } catch {
                log.warning(.database, "the live page cannot read older trades: \(error)")
                return nil
            }
        }
    }

    private static func event(_ record: [UInt8]) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { $0.member("record", raw: record) }
        return writer.bytes
    }
}
