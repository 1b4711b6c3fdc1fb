import DequeModule
import PMRecord

/// Finds the role of a trade from the other rows of its transaction.
///
/// A match has one taker. Once its row is known, all other rows of the transaction are makers'. The memory is bounded:
/// the oldest transactions are forgotten.
package struct MatchRoles: Sendable {
    private let capacity: Int
    /// The taker's wallet, by transaction; the beginning of each, as a number.
    private var takers: [UInt128: UInt64] = [:]
    private var order: Deque<UInt128> = []

    /// - Parameter capacity: Transactions remembered. The default is 65,536, about an hour at 17 a second.
    package init(capacity: Int = 1 << 16) {
        self.capacity = capacity
    }

    /// Returns the role of a trade; notes a taker.
    package mutating func role(of trade: Trade) -> Role? {
        guard let wallet = trade.wallet.flatMap({ UInt64($0.dropFirst(2).prefix(16), radix: 16) }),
            let transaction = trade.transactionHash.flatMap({ UInt128($0.dropFirst(2).prefix(32), radix: 16) }
            )
        else { return trade.role }
        if trade.role == .taker { note(transaction, taker: wallet) }
        // Another row of the taker's own wallet proves nothing.
        guard trade.role == nil, let taker = takers[transaction], taker != wallet else { return trade.role }
        return .maker
    }

    private mutating func note(_ transaction: UInt128, taker: UInt64) {
        guard takers.updateValue(taker, forKey: transaction) == nil else { return }
        if order.count == capacity { takers[order.removeFirst()] = nil }
        order.append(transaction)
    }
}
