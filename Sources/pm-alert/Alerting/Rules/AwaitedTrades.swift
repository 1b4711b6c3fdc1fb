import PMRecord

/// Trades of whales that wait for their final revision, each for a limited time.
struct AwaitedTrades: Sendable {
    /// The next step for a revision of a trade.
    enum Action {
        case decide
        /// Wait for a later revision.
        case wait
    }

    private struct Entry {
        var trade: AlertTrade
        let due: ContinuousClock.Instant
    }

    private let patience: Duration
    private var entries: [String: Entry] = [:]

    /// The most trades held; beyond that, a trade is decided on at once.
    private static let capacity = 10_000

    /// - Parameter patience: The longest wait for a final revision.
    init(patience: Duration) {
        self.patience = patience
    }

    var deadline: ContinuousClock.Instant? { entries.values.lazy.map(\.due).min() }

    /// Returns true if a trade with this sequence number or a lower one is still waiting.
    func isHolding(upTo seq: UInt64) -> Bool {
        entries.values.contains { ($0.trade.seq ?? 0) <= seq }
    }

    /// Accepts one revision of a trade.
    mutating func add(_ trade: AlertTrade, at now: ContinuousClock.Instant) -> Action {
        let earlier = entries.removeValue(forKey: trade.id)
        if trade.isFinal { return .decide }
        // Before enrichment only the tier is known. A trade without one meets no rule yet, and is not held: its final
        // revision decides, however late it comes.
        guard trade.tier != nil else { return .wait }
        guard entries.count < Self.capacity else { return .decide }
        entries[trade.id] = Entry(trade: trade, due: earlier?.due ?? now + patience)
        return .wait
    }

    /// Removes and returns the trades that are due, by due time.
    ///
    /// - Parameter now: `nil` for all trades, when no further revision will come.
    mutating func release(at now: ContinuousClock.Instant?) -> [AlertTrade] {
        let due = entries.values.filter { now == nil || $0.due <= now! }
        for entry in due { entries[entry.trade.id] = nil }
        return due.sorted { ($0.due, $0.trade.id) < ($1.due, $1.trade.id) }.map(\.trade)
    }
}
