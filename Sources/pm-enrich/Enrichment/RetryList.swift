import PMRecord

/// Trades that left with less than there is to know, to be tried again: the largest first, bounded in number, bytes
/// and pace, for as long as they are worth it.
struct RetryList: Sendable {
    struct Entry: Sendable {
        let trade: TradeLine
        let findings: Findings
        /// The revision that left last, and how much it lacked.
        let revision: Int
        let problems: Int
        var attempts: Int
        var due: ContinuousClock.Instant

        /// Bytes that it holds, roughly.
        var weight: Int { 2000 + trade.record.bytes.count + findings.weight }
    }

    /// Trades kept at most, and their bytes.
    private static let most = 1024
    private static let mostBytes = 4 << 20
    /// Between two tries: fifty a minute.
    private static let pace = Duration.milliseconds(1200)
    /// From a trade's leaving to its first try; doubled with every try.
    private static let firstPause = Duration.seconds(30)
    private static let longestPause = Duration.seconds(3600)

    private var entries: [Entry] = []
    private var bytes = 0
    private var next: ContinuousClock.Instant?

    var count: Int { entries.count }

    /// Takes a trade on; the least of all is forgotten when there are too many.
    mutating func add(
        _ trade: TradeLine, _ findings: Findings, revision: Int, problems: Int, attempts: Int, at now: Moment
    ) {
        guard trade.isWorthRetrying(at: now.time) else { return }
        let pause = min(Self.firstPause * (1 << min(attempts, 7)), Self.longestPause)
        entries.append(
            Entry(
                trade: trade, findings: findings, revision: revision, problems: problems, attempts: attempts,
                due: now.instant + pause))
        bytes += entries.last!.weight
        while entries.count > Self.most || bytes > Self.mostBytes {
            let least = entries.indices.min { entries[$0].trade.value < entries[$1].trade.value }!
            remove(least)
        }
    }

    /// The trade to try now, if any.
    mutating func take(at now: Moment) -> Entry? {
        guard next.map({ $0 <= now.instant }) ?? true else { return nil }
        let due = entries.indices.filter { entries[$0].due <= now.instant }
        guard let largest = due.max(by: { entries[$0].trade.value < entries[$1].trade.value }) else {
            return nil
        }
        next = now.instant + Self.pace
        let entry = remove(largest)
        return entry.trade.isWorthRetrying(at: now.time) ? entry : nil
    }

    /// When ``take(at:)`` may have something.
    var nextTime: ContinuousClock.Instant? {
        guard let first = entries.lazy.map(\.due).min() else { return nil }
        return next.map { max($0, first) } ?? first
    }

    @discardableResult
    private mutating func remove(_ place: Int) -> Entry {
        let entry = entries.remove(at: place)
        bytes -= entry.weight
        return entry
    }
}
