import DequeModule
import PMRecord

/// The trades that the feed sent lately. A read of the API that does not show them is behind, or incomplete.
package struct ReceivedTrades: Sendable {
    package struct Trade: Sendable {
        /// The first 16 bytes of the transaction's hash.
        package let transaction: UInt128
        /// When it happened, by the exchange's clock.
        package let time: Timestamp
        /// When it was received, by a clock that never jumps.
        package let receivedAt: ContinuousClock.Instant

        package init(transaction: UInt128, time: Timestamp, receivedAt: ContinuousClock.Instant) {
            (self.transaction, self.time, self.receivedAt) = (transaction, time, receivedAt)
        }
    }

    /// Trades that one side of a gap is judged by.
    private static let sampleSize = 64
    /// Fewer trades than that prove little: one of them may never settle.
    private static let fewTrades = 8

    private let capacity: Int
    /// The first trade of each transaction, in the order of their receipt: one that is reverted may have many.
    private var trades: Deque<Trade> = []
    private var transactions: Set<UInt128> = []

    /// - Parameter capacity: Trades remembered. The default is 131,072, about 40 minutes at 50 a second.
    package init(capacity: Int = 1 << 17) {
        self.capacity = capacity
    }

    package mutating func note(_ trade: Trade) {
        guard transactions.insert(trade.transaction).inserted else { return }
        if trades.count == capacity { transactions.remove(trades.removeFirst().transaction) }
        trades.append(trade)
    }

    /// Returns the last trades that were received before `instant` and happened in that time.
    func before(_ instant: ContinuousClock.Instant, in times: ClosedRange<Timestamp>) -> [Trade] {
        var found: [Trade] = []
        for trade in trades[..<firstIndex(receivedAt: instant)].reversed() where times.contains(trade.time) {
            found.append(trade)
            if found.count == Self.sampleSize { break }
        }
        return found.reversed()
    }

    /// Returns trades that were received from `instant` on, spread over the time `span` after it; more where these are
    /// few.
    func after(_ instant: ContinuousClock.Instant, within span: Duration) -> [Trade] {
        let first = firstIndex(receivedAt: instant)
        let count = max(
            firstIndex(receivedAt: instant + span) - first, min(Self.fewTrades, trades.count - first))
        let step = max(1, (count + Self.sampleSize - 1) / Self.sampleSize)
        return stride(from: first, to: first + count, by: step).map { trades[$0] }
    }

    /// Returns all trades that happened in that time, in its order.
    func all(in times: ClosedRange<Timestamp>) -> [Trade] {
        trades.filter { times.contains($0.time) }.sorted { $0.time < $1.time }
    }

    private func firstIndex(receivedAt instant: ContinuousClock.Instant) -> Int {
        var (low, high) = (trades.startIndex, trades.endIndex)
        while low < high {
            let middle = (low + high) / 2
            if trades[middle].receivedAt < instant { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
