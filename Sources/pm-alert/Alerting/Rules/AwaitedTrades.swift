import PMRecord

/// Whales' trades that wait for their final revision, each no longer than it may.
struct AwaitedTrades: Sendable {
    private struct Awaited {
        var trade: AlertTrade
        let due: ContinuousClock.Instant
    }

    private let patience: Duration
    private var trades: [String: Awaited] = [:]

    /// Trades held at once; one more is decided on at once.
    private static let most = 10_000

    init(patience: Duration) {
        self.patience = patience
    }

    var deadline: ContinuousClock.Instant? { trades.values.lazy.map(\.due).min() }

    func isHolding(upTo seq: UInt64) -> Bool {
        trades.values.contains { ($0.trade.seq ?? 0) <= seq }
    }

    /// Takes in one revision of a trade.
    ///
    /// - Returns: Whether it is to be decided on now.
    mutating func take(_ trade: AlertTrade, at now: ContinuousClock.Instant) -> Bool {
        let before = trades.removeValue(forKey: trade.id)
        if trade.isFinal { return true }
        // Only a tier is known before the enrichment; the rest can wait for its final revision as long as it takes.
        guard trade.tier != nil else { return false }
        guard trades.count < Self.most else { return true }
        trades[trade.id] = Awaited(trade: trade, due: before?.due ?? now + patience)
        return false
    }

    /// Those that have waited long enough, in the order of their time.
    ///
    /// - Parameter now: `nil` for all there are: no better revision will come.
    mutating func release(at now: ContinuousClock.Instant?) -> [AlertTrade] {
        let due = trades.values.filter { now == nil || $0.due <= now! }
        for entry in due { trades[entry.trade.id] = nil }
        return due.sorted { ($0.due, $0.trade.id) < ($1.due, $1.trade.id) }.map(\.trade)
    }
}
