import DequeModule
import HeapModule
import PMRecord
import PolymarketAPI

/// Follows trades to their outcomes: asks for the price after each ``TradeOutcome/Horizon``, and for the settlement.
///
/// Nothing is asked before its time, by the clock of the argument `now`. Trades and queries are bounded; trades beyond the
/// bound are left to `pm-store ungraded`.
struct OutcomeTracker: Sendable {
    /// The time after which a price at a moment can be read.
    static let publication = Duration.seconds(60)
    private static let firstSettlementCheck = Duration.seconds(3600)
    private static let longestPause = Duration.seconds(12 * 3600)
    private static let retryPause = Duration.seconds(600)

    private struct Entry {
        var trade: GradableTrade
        /// The horizons that were asked for, or need not be.
        var asked: Set<TradeOutcome.Horizon> = []
        /// Questions without an answer so far.
        var waiting = 0
        /// The outcome as it was last emitted, or known before.
        var emitted: TradeOutcome
        var nextSettlementCheck: Timestamp
    }

    private struct Timer: Comparable {
        let due: Timestamp
        let entry: Int

        static func < (left: Timer, right: Timer) -> Bool {
            (left.due, left.entry) < (right.due, right.entry)
        }
    }

    /// Trades that were not followed because there were too many.
    private(set) var dropped = 0
    /// Trades that are settled, or of which nothing more can be said now.
    private(set) var finished = 0
    private let maxTrades: Int
    private let maxQueries: Int
    /// True if each trade is left after all that is due was asked once.
    private let isOnce: Bool
    private var entries: [Int: Entry] = [:]
    private var timers = Heap<Timer>()
    private var queue: Deque<GradingQuery> = []
    /// The trades that wait for each answer.
    private var waiters: [GradingQuery: [Int]] = [:]
    private var running: Set<GradingQuery> = []
    private var lastEntry = 0
    /// The last emitted status of each market that was asked for.
    private var statuses: [String: MarketResolution] = [:]
    private var lines: [[UInt8]] = []

    init(isOnce: Bool, maxTrades: Int = 16_384, maxQueries: Int = 16) {
        self.isOnce = isOnce
        self.maxTrades = maxTrades
        self.maxQueries = maxQueries
    }

    var count: Int { entries.count }

    /// Trades with questions that were asked, or are to be asked now.
    var hasWork: Bool { !waiters.isEmpty }

    /// True if another trade can be taken.
    var hasRoom: Bool { entries.count < maxTrades }

    /// Follows a trade.
    mutating func add(_ trade: GradableTrade, at now: Timestamp) {
        guard hasRoom else {
            dropped += 1
            return
        }
        lastEntry += 1
        var entry = Entry(
            trade: trade, emitted: trade.outcome,
            nextSettlementCheck: trade.outcome.time.advanced(by: Self.firstSettlementCheck))
        if let end = trade.marketEnd, !isOnce {
            entry.nextSettlementCheck = max(entry.nextSettlementCheck, end)
        }
        if isOnce { entry.nextSettlementCheck = trade.outcome.time }
        entry.asked = Set(trade.outcome.prices.keys)
        entries[lastEntry] = entry
        advance(lastEntry, at: now)
    }

    /// Asks what has become due.
    mutating func advance(to now: Timestamp) {
        while let first = timers.min, first.due <= now {
            timers.removeMin()
            if entries[first.entry]?.waiting == 0 { advance(first.entry, at: now) }
        }
    }

    /// Returns the next question to ask.
    mutating func nextQuery() -> GradingQuery? {
        guard running.count < maxQueries, let query = queue.popFirst() else { return nil }
        running.insert(query)
        return query
    }

    /// Takes the result of a look-up.
    mutating func take(_ result: LookupResult, to query: GradingQuery, at now: Timestamp) {
        running.remove(query)
        var answer: GradingAnswer?
        if case .grading(let found) = result { answer = found }
        if case .resolution(let resolution?) = answer { emitStatus(of: resolution, at: now) }
        for number in waiters.removeValue(forKey: query) ?? [] {
            guard entries[number] != nil else { continue }
            apply(answer, to: query, number, at: now)
            entries[number]!.waiting -= 1
            if entries[number]!.waiting == 0 { settle(number, hasFailed: answer == nil, at: now) }
        }
    }

    /// The time at which ``advance(to:)`` has something to do.
    var nextTime: Timestamp? { timers.min?.due }

    /// Returns and removes the records to emit.
    mutating func takeLines() -> [[UInt8]] {
        defer { lines = [] }
        return lines
    }
}

extension OutcomeTracker {
    /// Asks what is due for a trade, and sets its timer.
    private mutating func advance(_ number: Int, at now: Timestamp) {
        guard let entry = entries[number] else { return }
        let trade = entry.trade
        for horizon in TradeOutcome.Horizon.allCases where !entry.asked.contains(horizon) {
            guard readable(horizon, of: trade) <= now else { continue }
            entries[number]!.asked.insert(horizon)
            ask(trade.priceQuery(at: horizon), for: number)
        }
        if entry.nextSettlementCheck <= now {
            let age = trade.outcome.time.duration(to: now)
            let pause = min(max(Self.firstSettlementCheck, age / 10), Self.longestPause)
            entries[number]!.nextSettlementCheck = now.advanced(by: pause)
            ask(trade.settlementQuery, for: number)
        }
        if entries[number]!.waiting == 0 { settle(number, hasFailed: false, at: now) }
    }

    private func readable(_ horizon: TradeOutcome.Horizon, of trade: GradableTrade) -> Timestamp {
        trade.outcome.time.advanced(by: horizon.duration + Self.publication)
    }

    private mutating func ask(_ query: GradingQuery, for number: Int) {
        entries[number]!.waiting += 1
        if waiters[query] == nil { queue.append(query) }
        waiters[query, default: []].append(number)
    }

    private mutating func apply(
        _ answer: GradingAnswer?, to query: GradingQuery, _ number: Int, at now: Timestamp
    ) {
        switch (answer, query) {
        case (.price(let price?), .price(_, _, let time)):
            let outcome = entries[number]!.trade.outcome
            guard
                let horizon = TradeOutcome.Horizon.allCases.first(where: {
                    outcome.time.advanced(by: $0.duration) == time
                })
            else { return }
            entries[number]!.trade.outcome.prices[horizon] = Decimal(micros: Int128(price.count))
        case (.resolution(let resolution?), _):
            let index = entries[number]!.trade.outcomeIndex ?? 0
            let payouts = resolution.settledPayouts(at: now)
            let settlement = index < payouts.count ? payouts[index] : nil
            setSettlement(settlement, at: resolution.settledAt ?? now, of: number)
        case (.finalPrice(let price?), _):
            setSettlement(Decimal(micros: Int128(price.count)), at: now, of: number)
        case (nil, .price(_, _, let time)):
            // The question is asked again after a failure.
            let outcome = entries[number]!.trade.outcome
            entries[number]!.asked = entries[number]!.asked.filter {
                outcome.time.advanced(by: $0.duration) != time
            }
        case (_, _): break
        }
    }

    /// A market that is not resolved any more, after a dispute, takes its settlement back.
    private mutating func setSettlement(_ settlement: Decimal?, at time: Timestamp, of number: Int) {
        var outcome = entries[number]!.trade.outcome
        let isSame = outcome.settlement == settlement
        outcome.settlement = settlement
        if !isSame || outcome.resolvedAt == nil { outcome.resolvedAt = settlement == nil ? nil : time }
        if let settlement, let resolvedAt = outcome.resolvedAt {
            // After its resolution a token is worth what it pays.
            for horizon in TradeOutcome.Horizon.allCases
            where outcome.time.advanced(by: horizon.duration) >= resolvedAt {
                outcome.prices[horizon] = settlement
                entries[number]!.asked.insert(horizon)
            }
        }
        entries[number]!.trade.outcome = outcome
    }

    /// Emits what is new about a trade, and waits for what comes next.
    private mutating func settle(_ number: Int, hasFailed: Bool, at now: Timestamp) {
        guard var entry = entries[number] else { return }
        if entry.trade.outcome != entry.emitted {
            entry.trade.outcome.asOf = now
            entry.emitted = entry.trade.outcome
            lines.append(entry.emitted.line)
        }
        entries[number] = entry
        let left = TradeOutcome.Horizon.allCases.filter { !entry.asked.contains($0) }
        let isSettled = entry.trade.outcome.settlement != nil
        guard !isOnce, !isSettled || !left.isEmpty else {
            entries[number] = nil
            finished += 1
            return
        }
        var next = left.map { readable($0, of: entry.trade) } + (isSettled ? [] : [entry.nextSettlementCheck])
        if hasFailed { next = [now.advanced(by: Self.retryPause)] }
        timers.insert(Timer(due: next.min()!, entry: number))
    }

    /// Emits the resolution of a market, once for each change.
    private mutating func emitStatus(of resolution: DataAPI.Resolution, at now: Timestamp) {
        guard let status = resolution.status else { return }
        let payouts = resolution.settledPayouts(at: now)
        guard status != .resolved || !payouts.isEmpty else { return }
        let news = MarketResolution(
            conditionID: resolution.conditionID.text, status: status.rawValue, payouts: payouts,
            resolvedAt: payouts.isEmpty ? nil : resolution.settledAt, asOf: now)
        let known = statuses[news.conditionID]
        guard known?.status != news.status || known?.payouts != news.payouts else { return }
        if statuses.count >= maxTrades { statuses = [:] }
        statuses[news.conditionID] = news
        lines.append(news.line)
    }
}

extension DataAPI.Resolution {
    /// The time of the resolution. Rows of the oracle have only the time of their last change.
    fileprivate var settledAt: Timestamp? { resolvedAt ?? updatedAt }

    /// Dollars that one share of each outcome pays; empty while the market is not resolved at `now`, by the clock of the
    /// records.
    fileprivate func settledPayouts(at now: Timestamp) -> [Decimal] {
        guard status == .resolved, settledAt.map({ $0 <= now }) ?? true else { return [] }
        if !payouts.isEmpty { return payouts.map { Decimal(micros: Int128($0.count)) } }
        guard let price else { return [] }
        return [price, 1 - price].map { Decimal(micros: Int128($0.count)) }
    }
}
