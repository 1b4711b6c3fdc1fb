import DequeModule
import PMRecord

/// The trades emitted lately, with the numbers of their lines. Beyond a bound it forgets the oldest.
package struct EmittedTrades: Sendable {
    private let capacity: Int
    private var numbers: [UInt128: UInt64] = [:]
    /// The remembered ids, oldest first.
    private var order: Deque<UInt128> = []
    /// The number of trades noted so far, including forgotten ones.
    package private(set) var noted = 0

    /// - Parameter capacity: Trades remembered.
    package init(capacity: Int) {
        precondition(capacity > 0)
        self.capacity = capacity
    }

    /// Notes a trade.
    ///
    /// - Parameter seq: The number of its line.
    /// - Returns: `false` if it was emitted before.
    package mutating func note(_ id: UInt128, seq: UInt64) -> Bool {
        guard numbers[id] == nil else { return false }
        noted += 1
        if order.count == capacity { numbers[order.removeFirst()] = nil }
        order.append(id)
        numbers[id] = seq
        return true
    }

    package func contains(_ id: UInt128) -> Bool { numbers[id] != nil }

    /// Forgets a trade. Its entry in the order stays: at worst, the trade is forgotten early the next time.
    package mutating func forget(_ id: UInt128) {
        numbers[id] = nil
    }

    /// Forgets the trades of these lines, so that they can be emitted again: the lines are lost.
    package mutating func forget(_ seqs: ClosedRange<UInt64>) {
        numbers = numbers.filter { !seqs.contains($0.value) }
        order.removeAll { numbers[$0] == nil }
    }
}
