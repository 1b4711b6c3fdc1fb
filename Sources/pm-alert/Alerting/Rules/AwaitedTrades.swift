import DequeModule
import HeapModule
import PMRecord

/// Trades of whales that wait for their final revision, each for a limited time.
struct AwaitedTrades: Sendable {
    private struct Entry {
        var trade: AlertTrade
        let due: ContinuousClock.Instant
    }

    private let patience: Duration
    private var entries: [String: Entry] = [:]
    /// The due times, in ascending order because all trades wait equally long. The first one is still due.
    private var dues: Deque<(time: ContinuousClock.Instant, id: String)> = []
    private var numbers = SequenceNumbers()

    /// The most trades held; beyond that, a trade is decided on at once.
    private static let capacity = 10_000

    /// - Parameter patience: The longest wait for a final revision.
    init(patience: Duration) {
        self.patience = patience
    }

    var deadline: ContinuousClock.Instant? { dues.first?.time }

    var isFull: Bool { entries.count >= Self.capacity }

    /// Returns true if a trade with this sequence number or a lower one is still waiting.
    func isHolding(upTo seq: UInt64) -> Bool { numbers.least.map { $0 <= seq } ?? false }

    /// Adds a revision of a trade, or replaces an earlier one, which keeps its due time.
    mutating func add(_ trade: AlertTrade, at now: ContinuousClock.Instant) {
        if entries[trade.id] != nil {
            entries[trade.id]!.trade = trade
            return
        }
        entries[trade.id] = Entry(trade: trade, due: now + patience)
        dues.append((now + patience, trade.id))
        numbers.add(trade.seq ?? 0)
    }

    mutating func remove(_ id: String) {
        guard !entries.isEmpty, let entry = entries.removeValue(forKey: id) else { return }
        numbers.remove(entry.trade.seq ?? 0)
        dropObsoleteDues()
    }

    /// Removes and returns the trades that are due, by due time.
    ///
    /// - Parameter now: `nil` for all trades, when no further revision will come.
    mutating func release(at now: ContinuousClock.Instant?) -> [AlertTrade] {
        var due: [AlertTrade] = []
        while let (time, id) = dues.first, now == nil || time <= now! {
            due.append(entries[id]!.trade)
            remove(id)
        }
        return due
    }

    private mutating func dropObsoleteDues() {
        while let (time, id) = dues.first, entries[id]?.due != time { dues.removeFirst() }
    }
}

/// A multiset of sequence numbers whose least one is always known.
struct SequenceNumbers: Sendable {
    private var added = Heap<UInt64>()
    private var removed = Heap<UInt64>()

    var least: UInt64? { added.min }

    mutating func add(_ number: UInt64) { added.insert(number) }

    /// Removes one occurrence.
    mutating func remove(_ number: UInt64) {
        removed.insert(number)
        // A number in the middle of a heap is dropped once it is the least.
        while let first = removed.min, first == added.min {
            added.removeMin()
            removed.removeMin()
        }
    }
}
