import DequeModule
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
        /// When it happened, by the exchange's clock.
        package let time: Timestamp
        package let receivedAt: Timestamp

        /// `nil` without the transaction's hash: such a trade cannot be confirmed.
        package init?(
            _ id: UInt128, transactionHash: String?, at time: Timestamp, receivedAt: Timestamp
        ) {
            guard let transaction = UInt128(transactionHash: transactionHash) else { return nil }
            (self.id, self.transaction, self.time, self.receivedAt) = (id, transaction, time, receivedAt)
        }

        /// The times between which the API's own time of the trade lies, but for the skew of the clocks.
        fileprivate var span: ClosedRange<Timestamp> { min(time, receivedAt)...max(time, receivedAt) }
    }

    /// The most by which the API's times, those of blocks, differ from the feed's (docs/POLYMARKET.md, "Feeds").
    package static let skew = Duration.seconds(5)
    /// Retracted trades that can be restored.
    private static let mostRetracted = 1 << 14

    private let capacity: Int
    private var pending: [UInt128: [Trade]] = [:]
    private var count = 0
    /// Transactions that the API has shown: a trade may be received later than it is shown.
    private var shown: Duplicates
    private var retracted: [UInt128: [UInt128]] = [:]
    /// The transactions of retracted trades, oldest first.
    private var order: Deque<UInt128> = []

    /// - Parameter capacity: Trades watched; one more is ignored, and so never retracted. The default is 131,072, about 40
    ///   minutes of trades at 50 a second.
    package init(capacity: Int = 1 << 17) {
        self.capacity = capacity
        shown = Duplicates(capacity: capacity)
    }

    /// Expects an emitted trade to appear in the API.
    package mutating func expect(_ trade: Trade) {
        guard count < capacity, !shown.contains(trade.transaction) else { return }
        pending[trade.transaction, default: []].append(trade)
        count += 1
    }

    /// The API shows a trade of that transaction.
    ///
    /// - Returns: The ids of trades to restore: they have been retracted.
    package mutating func confirm(_ transaction: UInt128) -> [UInt128] {
        _ = shown.note(transaction)
        if let confirmed = pending.removeValue(forKey: transaction) { count -= confirmed.count }
        return retracted.removeValue(forKey: transaction) ?? []
    }

    /// Removes the trades whose whole span lies inside `times`, with the skew on both sides. Call when reads that began
    /// after their receipt have shown all of that time: what was not confirmed has been reverted.
    ///
    /// - Returns: The ids, in the order of the trades' times.
    package mutating func removeOverdue(in times: ClosedRange<Timestamp>) -> [UInt128] {
        let from = times.lowerBound.advanced(by: Self.skew)
        let to = times.upperBound.advanced(by: .zero - Self.skew)
        let overdue = pending.values.joined().filter { $0.span.lowerBound >= from && $0.span.upperBound < to }
        for trade in overdue { noteRetracted(trade) }
        remove { $0.span.lowerBound >= from && $0.span.upperBound < to }
        return overdue.sorted { ($0.time, $0.id) < ($1.time, $1.id) }.map(\.id)
    }

    /// Notes a trade that was retracted: it is restored when the API shows it.
    package mutating func noteRetracted(_ trade: Trade) {
        if retracted[trade.transaction] == nil {
            if order.count == Self.mostRetracted { retracted[order.removeFirst()] = nil }
            order.append(trade.transaction)
        }
        retracted[trade.transaction, default: []].append(trade.id)
    }

    /// Stops watching the trades that happened before `time`.
    package mutating func forget(before time: Timestamp) {
        remove { $0.time < time }
    }

    private mutating func remove(where isRemoved: (Trade) -> Bool) {
        pending = pending.compactMapValues { trades in
            let left = trades.filter { !isRemoved($0) }
            return left.isEmpty ? nil : left
        }
        count = pending.values.reduce(0) { $0 + $1.count }
    }
}

extension UInt128 {
    /// Makes a key of a transaction's hash; `nil` unless it has hex digits.
    package init?(transactionHash: String?) {
        guard let hash = transactionHash, let key = UInt128(hash.dropFirst(2).prefix(32), radix: 16) else {
            return nil
        }
        self = key
    }
}
