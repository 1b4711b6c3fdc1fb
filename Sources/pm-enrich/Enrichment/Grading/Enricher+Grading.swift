import PMPipe
import PMRecord
import PolymarketAPI

/// The grading part of an ``Enricher``: its trades, the outcomes that came with the input, and its counts.
struct GradingState: Sendable {
    let mode: GradingMode
    var tracker: OutcomeTracker
    /// The last known outcomes, each until its trade arrives.
    private var earlier: [String: TradeOutcome] = [:]
    /// Lines of the input that led to no line by themselves.
    private(set) var graded = 0
    private(set) var ungradable = 0

    init(_ mode: GradingMode) {
        self.mode = mode
        // Joined into requests of at most twenty markets.
        tracker = OutcomeTracker(isOnce: mode == .only, maxQueries: mode == .only ? 64 : 16)
    }

    /// Takes a trade or an outcome of the input of `pm-enrich grade`. An outcome precedes its trade.
    mutating func receive(_ record: Record, at now: Timestamp) {
        if let outcome = TradeOutcome(record) {
            earlier[outcome.tradeID] = outcome
            graded += 1
        } else if let id = record.text(Key.id),
            let trade = GradableTrade(record, earlier: earlier.removeValue(forKey: id), at: now)
        {
            graded += 1
            tracker.add(trade, at: now)
        } else {
            ungradable += 1
        }
    }

    /// Follows a trade that was emitted with its first final revision.
    mutating func follow(_ line: [UInt8], at now: Timestamp) {
        guard mode == .alerts || mode == .all, let record = try? Record(line) else { return }
        let tags = record.json(Key.tags)?.array ?? []
        let causesAlert =
            record.text(Key.tier) != nil || tags.contains { $0.string == RuleTag.smartMoney.rawValue }
        guard mode == .all || causesAlert, let trade = GradableTrade(record, at: now) else { return }
        tracker.add(trade, at: now)
    }

    /// Trades that the end of the input waits for.
    var openCount: Int { mode == .only && tracker.hasWork ? 1 : 0 }

    func report(into tally: inout Tally) {
        guard mode == .only else { return }
        tally.dropped["graded"] = graded
        tally.dropped["ungradable"] = ungradable
    }
}
