import PMRecord

/// Trades that the feed told and the API has not shown: one whose transaction it never shows has been taken back, as by
/// a settlement that failed.
///
/// Judged by the transaction and not by the id, for live and REST may round the same trade's numbers differently.
package struct PendingConfirmations: Sendable {
    package struct Trade: Sendable, Equatable {
        package let id: UInt128
        /// The beginning of its transaction's hash.
        package let transaction: UInt128
        package let time: Timestamp

        /// `nil` without the transaction's hash: of such a trade nobody can say that it never came.
        package init?(_ id: UInt128, transactionHash: String?, at time: Timestamp) {
            guard let transaction = Self.key(of: transactionHash) else { return nil }
            (self.id, self.transaction, self.time) = (id, transaction, time)
        }

        fileprivate static func key(of hash: String?) -> UInt128? {
            hash.flatMap { UInt128($0.dropFirst(2).prefix(32), radix: 16) }
        }
    }

    /// The API's times are those of blocks, some seconds from the feed's. Source: POLYMARKET.md, A.6, point 4.
    package static let skew = Duration.seconds(5)

    private let capacity: Int
    private var waiting: [UInt128: [Trade]] = [:]
    private var count = 0

    /// - Parameter capacity: Trades waited for; one more is not watched, and so never taken back. The default is
    ///   131,072, some 40 minutes of trades at 50 a second.
    package init(capacity: Int = 1 << 17) {
        self.capacity = capacity
    }

    /// The feed told a trade.
    package mutating func told(_ trade: Trade) {
        guard count < capacity else { return }
        waiting[trade.transaction, default: []].append(trade)
        count += 1
    }

    /// The API shows a trade of that transaction.
    package mutating func shown(transactionHash: String?) {
        guard let key = Trade.key(of: transactionHash), let found = waiting.removeValue(forKey: key) else {
            return
        }
        count -= found.count
    }

    /// All that happened before that time has been looked for in the API, in its own stretch of time and in the next:
    /// what was not found was taken back.
    ///
    /// - Returns: Their ids, in the order of their times.
    package mutating func overdue(before time: Timestamp) -> [UInt128] {
        let overdue = waiting.values.joined().filter { $0.time < time }
        forget(before: time)
        return overdue.sorted { ($0.time, $0.id) < ($1.time, $1.id) }.map(\.id)
    }

    /// Nobody can say any more what became of what happened before that time.
    package mutating func forget(before time: Timestamp) {
        waiting = waiting.compactMapValues { trades in
            let left = trades.filter { $0.time >= time }
            return left.isEmpty ? nil : left
        }
        count = waiting.values.reduce(0) { $0 + $1.count }
    }
}
