import PMRecord

/// Trades that left with less than there is to know, to be tried again: the largest first, bounded in number, bytes
/// and pace, for as long as they are worth it.
struct RetryList: Sendable {
    struct Entry: Sendable {
        let trade: TradeLine
        let needs: [LookupKey]
        let findings: EnrichmentResults
        /// The revision that left last, and what it lacked; `nil` when nothing was found out for it.
        let revision: Int
        let gaps: Set<Outcome.Gap>?
        /// Tries that it has had.
        var attempts = 0

        /// Bytes that it holds, roughly.
        var weight: Int { 2000 + trade.record.bytes.count + findings.weight }
    }

    private struct Waiting {
        let entry: Entry
        let due: ContinuousClock.Instant
    }

    /// Trades kept at most, and their bytes.
    private static let most = 1024
    private static let mostBytes = 4 << 20
    /// Between two tries: fifty a minute.
    private static let pace = Duration.milliseconds(1200)
    /// From a trade's leaving to its first try; doubled with every try.
    private static let firstPause = Duration.seconds(30)
    private static let longestPause = Duration.seconds(3600)

    private var entries: [Waiting] = []
    private var bytes = 0
    /// Trades that were given up for there were too many.
    private(set) var forgotten = 0
    private var next: ContinuousClock.Instant?

    var count: Int { entries.count }

    /// Takes a trade on; the least of all is forgotten when there are too many.
    mutating func add(_ entry: Entry, at now: Moment) {
        guard entry.isWorthRetrying(at: now.time) else { return }
        let pause = min(Self.firstPause * (1 << min(entry.attempts, 7)), Self.longestPause)
        entries.append(Waiting(entry: entry, due: now.instant + pause))
        bytes += entry.weight
        while entries.count > Self.most || bytes > Self.mostBytes {
            let least = entries.indices.min { entries[$0].entry.trade.value < entries[$1].entry.trade.value }!
            remove(least)
            forgotten += 1
        }
    }

    /// The trade to try now, if any.
    mutating func take(at now: Moment) -> Entry? {
        guard next.map({ $0 <= now.instant }) ?? true else { return nil }
        let due = entries.indices.filter { entries[$0].due <= now.instant }
        guard
            let largest = due.max(by: { entries[$0].entry.trade.value < entries[$1].entry.trade.value })
        else { return nil }
        next = now.instant + Self.pace
        let entry = remove(largest)
        return entry.isWorthRetrying(at: now.time) ? entry : nil
    }

    /// When ``take(at:)`` may have something.
    var nextTime: ContinuousClock.Instant? {
        guard let first = entries.lazy.map(\.due).min() else { return nil }
        return next.map { max($0, first) } ?? first
    }

    @discardableResult
    private mutating func remove(_ place: Int) -> Entry {
        let entry = entries.remove(at: place).entry
        bytes -= entry.weight
        return entry
    }
}

extension RetryList.Entry {
    /// Whether another try may find what it lacks: a day later it is not worth it, and a book's time is soon over.
    fileprivate func isWorthRetrying(at now: Timestamp) -> Bool {
        trade.isWorthRetrying(at: now) && (gaps?.contains { trade.mayFill($0, at: now) } ?? true)
    }
}

extension TradeLine {
    fileprivate func mayFill(_ gap: Outcome.Gap, at now: Timestamp) -> Bool {
        if case .all(let key) = gap { mayAsk(key, at: now) } else { true }
    }
}
