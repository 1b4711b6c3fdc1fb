import DequeModule
import PMRecord

/// Identifies a trade from its arrival to its last revision.
typealias TradeNumber = Int

/// A trade that waits for look-ups.
struct OpenTrade: Sendable {
    private(set) var trade: TradeLine
    private(set) var needs: [LookupKey]
    private(set) var results: EnrichmentResults
    /// The look-ups that it waits for.
    private(set) var missing: Set<LookupKey> = []
    /// The revision that is emitted at the end.
    let revision: Int
    /// Its ordinal at the mark gate; `nil` for a retry.
    var ordinal: MarkGate.Ordinal?
    /// The retry that it is; `nil` for the first attempt.
    let retry: RetryQueue.Item?

    /// A trade that has just arrived.
    init(_ trade: TradeLine, at now: Timestamp) {
        self.trade = trade
        needs = trade.needs(at: now)
        results = EnrichmentResults()
        revision = trade.firstRevision + 1
        retry = nil
    }

    init(_ retry: RetryQueue.Item) {
        trade = retry.trade
        needs = retry.needs
        results = retry.results
        revision = retry.revision + 1
        self.retry = retry
    }

    var trafficClass: TrafficClass { retry == nil ? .live : .background }

    /// Returns true if a result that was found earlier is complete.
    func has(_ key: LookupKey) -> Bool { results[key].map { !$0.isIncomplete } ?? false }

    mutating func wait(for keys: [LookupKey]) {
        missing.formUnion(keys)
    }

    /// Takes a result. The owner of a trade adds the need for that wallet's profile.
    ///
    /// - Returns: The added needs.
    @discardableResult
    mutating func apply(_ result: LookupResult, for key: LookupKey) -> [LookupKey] {
        results[key] = result.completed(by: results[key])
        missing.remove(key)
        guard case .owner(let owner) = result, trade.wallet == nil else { return [] }
        trade.wallet = owner.wallet
        needs.append(.wallet(owner.wallet))
        return [.wallet(owner.wallet)]
    }

    /// Returns true if there is more to emit than the earlier attempt emitted.
    func isNews(_ assessment: EnrichmentAssessment) -> Bool {
        guard let retry, let missingParts = retry.missingParts, trade.wallet == retry.trade.wallet else {
            return true
        }
        return !missingParts.isSubset(of: assessment.missingParts)
    }
}

/// The trades that wait for look-ups, and their deadlines.
struct OpenTrades: Sendable {
    private var trades: [TradeNumber: OpenTrade] = [:]
    private var deadlines: Deque<(time: ContinuousClock.Instant, trade: TradeNumber)> = []
    private var lastNumber: TradeNumber = 0
    /// The bytes of the trades' lines.
    private(set) var bytes = 0
    /// The trades that are no retries.
    private(set) var firstAttempts = 0

    var count: Int { trades.count }

    var retries: Int { count - firstAttempts }

    subscript(number: TradeNumber) -> OpenTrade? { trades[number] }

    mutating func insert(_ trade: OpenTrade, until deadline: ContinuousClock.Instant) -> TradeNumber {
        lastNumber += 1
        trades[lastNumber] = trade
        bytes += trade.trade.record.bytes.count
        if trade.retry == nil { firstAttempts += 1 }
        deadlines.append((deadline, lastNumber))
        return lastNumber
    }

    mutating func remove(_ number: TradeNumber) -> OpenTrade? {
        guard let trade = trades.removeValue(forKey: number) else { return nil }
        bytes -= trade.trade.record.bytes.count
        if trade.retry == nil { firstAttempts -= 1 }
        return trade
    }

    /// Returns a trade whose deadline has passed, if any.
    mutating func nextExpired(at now: ContinuousClock.Instant) -> (number: TradeNumber, trade: OpenTrade)? {
        guard let deadline = nextDeadline(), deadline <= now, let first = deadlines.popFirst() else {
            return nil
        }
        return (first.trade, trades[first.trade]!)
    }

    /// Returns the first deadline of a trade that still waits.
    mutating func nextDeadline() -> ContinuousClock.Instant? {
        while let first = deadlines.first, trades[first.trade] == nil { deadlines.removeFirst() }
        return deadlines.first?.time
    }

    /// Passes a result to a trade, and returns its added needs.
    mutating func apply(_ result: LookupResult, for key: LookupKey, to number: TradeNumber) -> [LookupKey] {
        trades[number]?.apply(result, for: key) ?? []
    }

    mutating func wait(for keys: [LookupKey], _ number: TradeNumber) {
        trades[number]?.wait(for: keys)
    }
}
