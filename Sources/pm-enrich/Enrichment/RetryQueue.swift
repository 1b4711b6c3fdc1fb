import PMRecord

/// Trades to be retried because their enrichment is incomplete: the largest first, bounded in number, bytes and rate.
struct RetryQueue: Sendable {
    struct Item: Sendable {
        let trade: TradeLine
        let needs: [LookupKey]
        let results: EnrichmentResults
        /// The last revision that was emitted.
        let revision: Int
        /// The parts that this revision lacks; `nil` when nothing was looked up for it.
        let missingParts: Set<MissingPart>?
        /// Retries so far.
        var attempts = 0

        /// The approximate memory, in bytes.
        var weight: Int { 2000 + trade.record.bytes.count + results.weight }
    }

    private struct Entry {
        let item: Item
        let due: ContinuousClock.Instant
    }

    private static let maxCount = 1024
    private static let maxBytes = 4 << 20
    /// The time between two retries: fifty a minute.
    private static let interval = Duration.milliseconds(1200)
    /// The time before a trade's first retry; doubles with each, up to ``longestPause``.
    private static let firstPause = Duration.seconds(30)
    private static let longestPause = Duration.seconds(3600)

    private var entries: [Entry] = []
    private var bytes = 0
    private var next: ContinuousClock.Instant?
    /// Trades that were dropped because there were too many.
    private(set) var dropped = 0

    var count: Int { entries.count }

    /// Adds a trade, and drops the smallest while there are too many.
    mutating func add(_ item: Item, at now: ClockReading) {
        guard item.isWorthRetrying(at: now.time) else { return }
        let pause = min(Self.firstPause * (1 << min(item.attempts, 7)), Self.longestPause)
        entries.append(Entry(item: item, due: now.instant + pause))
        bytes += item.weight
        while entries.count > Self.maxCount || bytes > Self.maxBytes {
            let smallest = entries.indices.min {
                entries[$0].item.trade.value < entries[$1].item.trade.value
            }!
            remove(at: smallest)
            dropped += 1
        }
    }

    /// Removes the trade to retry now, if any.
    mutating func popDue(at now: ClockReading) -> Item? {
        guard next.map({ $0 <= now.instant }) ?? true else { return nil }
        let due = entries.indices.filter { entries[$0].due <= now.instant }
        guard let largest = due.max(by: { entries[$0].item.trade.value < entries[$1].item.trade.value })
        else { return nil }
        next = now.instant + Self.interval
        let item = remove(at: largest)
        return item.isWorthRetrying(at: now.time) ? item : nil
    }

    /// The time at which ``popDue(at:)`` may return a trade.
    var nextTime: ContinuousClock.Instant? {
        guard let first = entries.lazy.map(\.due).min() else { return nil }
        return next.map { max($0, first) } ?? first
    }

    @discardableResult
    private mutating func remove(at index: Int) -> Item {
        let item = entries.remove(at: index).item
        bytes -= item.weight
        return item
    }
}

extension RetryQueue.Item {
    /// Returns true if a retry may find something: not after a day, and not when it is too late for all missing parts.
    fileprivate func isWorthRetrying(at now: Timestamp) -> Bool {
        trade.isWorthRetrying(at: now) && (missingParts?.contains { trade.mayFind($0, at: now) } ?? true)
    }
}

extension TradeLine {
    fileprivate func mayFind(_ part: MissingPart, at now: Timestamp) -> Bool {
        if case .lookup(let key) = part { mayLookUp(key, at: now) } else { true }
    }
}
