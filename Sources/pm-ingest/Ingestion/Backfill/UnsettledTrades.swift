import PMRecord

/// Emitted trades that the API has not shown yet. A trade whose transaction it never shows has been reverted, as by a
/// settlement that failed on the chain (docs/POLYMARKET.md, "Known misbehaviour").
///
/// Trades are confirmed by their transaction and not by their id, since the feed and the API may round the numbers of
/// one trade differently.
package struct UnsettledTrades: Sendable {
    package struct Trade: Sendable, Equatable {
        package let id: UInt128
        /// The first 16 bytes of the transaction's hash.
        package let transaction: UInt128
        package let time: Timestamp

        /// `nil` without the transaction's hash: such a trade cannot be confirmed.
        package init?(_ id: UInt128, transactionHash: String?, at time: Timestamp) {
            guard let transaction = Self.key(of: transactionHash) else { return nil }
            (self.id, self.transaction, self.time) = (id, transaction, time)
        }

        fileprivate static func key(of hash: String?) -> UInt128? {
            hash.flatMap { UInt128($0.dropFirst(2).prefix(32), radix: 16) }
        }
    }

    /// The most by which the API's times, those of blocks, differ from the feed's (docs/POLYMARKET.md, "Feeds").
    package static let skew = Duration.seconds(5)

    private let capacity: Int
    private var pending: [UInt128: [Trade]] = [:]
    private var count = 0

    /// - Parameter capacity: Trades watched; one more is ignored, and so never retracted. The default is 131,072, about 40
    ///   minutes of trades at 50 a second.
    package init(capacity: Int = 1 << 17) {
        self.capacity = capacity
    }

    /// Expects an emitted trade to appear in the API.
    package mutating func expect(_ trade: Trade) {
        guard count < capacity else { return }
        pending[trade.transaction, default: []].append(trade)
        count += 1
    }

    /// The API shows a trade of that transaction.
    package mutating func confirm(transactionHash: String?) {
        guard let key = Trade.key(of: transactionHash), let confirmed = pending.removeValue(forKey: key)
        else {
            return
        }
        count -= confirmed.count
    }

    /// Removes the trades that happened before `time`. Call when the API has been read up to then, and over the stretch
    /// that follows: what was not confirmed has been reverted.
    ///
    /// - Returns: The ids, in the order of the trades' times.
    package mutating func removeOverdue(before time: Timestamp) -> [UInt128] {
        let overdue = pending.values.joined().filter { $0.time < time }
        forget(before: time)
        return overdue.sorted { ($0.time, $0.id) < ($1.time, $1.id) }.map(\.id)
    }

    /// Stops watching the trades that happened before `time`.
    package mutating func forget(before time: Timestamp) {
        pending = pending.compactMapValues { trades in
            let left = trades.filter { $0.time >= time }
            return left.isEmpty ? nil : left
        }
        count = pending.values.reduce(0) { $0 + $1.count }
    }
}
