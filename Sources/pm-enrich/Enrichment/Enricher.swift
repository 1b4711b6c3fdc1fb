import PMJSON
import PMPipe
import PMRecord
import PolymarketAPI

/// Decides which lines and requests are emitted, and when. It does no input or output.
///
/// Lines, answers and the time go in; lines (``takeOutput()``) and requests (``nextRequest(at:)``) come out. A trade whose
/// results are all cached is emitted once, enriched. Any other trade is emitted at once as `pending`, and again when all
/// results are there or its deadline has passed. An incomplete trade is retried for a day.
package struct Enricher: Sendable {
    package private(set) var counts = EnrichmentCounts()
    private var lookups: LookupScheduler

    private let settings: Settings
    private var trades = OpenTrades()
    private var retries = RetryQueue()
    private var leaderboards: Leaderboards
    private var output = EnrichmentOutput()
    private(set) var grading: GradingState
    /// True if the last trade came from a replay or a resume.
    private var isReplay = false

    package init(_ settings: Settings = Settings(), at now: ClockReading) {
        self.settings = settings
        lookups = LookupScheduler(settings.lookups, at: now)
        leaderboards = Leaderboards(every: settings.leaderboardInterval)
        grading = GradingState(settings.grading)
    }

    /// Takes one line of input.
    package mutating func receive(_ line: Span<UInt8>, at now: ClockReading) -> PMPipe.Verdict {
        let record: Record
        do throws(JSONError) {
            record = try Record(line.withUnsafeBufferPointer { Array($0) })
        } catch {
            return .rejected(error.description)
        }
        switch record.kind {
        case .trade where settings.grading == .only, .outcome where settings.grading == .only:
            grading.receive(record, at: now.time)
            emitOutcomes()
        case .trade:
            refreshLeaderboards(at: now)
            receive(TradeLine(record), at: now)
        case .mark: output.add(mark: record.bytes)
        case .gap, .retract, .restore, .audit, .leaderboard, .portfolio, .alert, .outcome, .resolution,
            .frame,
            .reject, nil:
            output.pass(record.bytes)
        }
        return .passed
    }

    /// Returns the lines to emit, in order.
    package mutating func takeOutput() -> [[UInt8]] {
        output.take()
    }

    /// Returns and removes the changes of the services that should be logged, each once.
    package mutating func takeNotices() -> [String] { lookups.takeNotices() }

    /// Returns the request to send now. Call it until it returns `nil`.
    package mutating func nextRequest(
        at now: ClockReading
    ) -> (id: QueuedRequestID, request: APIRequest)? {
        for _ in 0..<settings.maxExpiredAtOnce {
            guard let completed = lookups.failFast(at: now) else { break }
            for lookup in completed { take(lookup, at: now) }
        }
        while let query = grading.tracker.nextQuery() { lookups.refresh(.grading(query), at: now) }
        return lookups.nextRequest(at: now)
    }

    /// Takes the reply to a request.
    package mutating func receive(_ reply: APIReply, to id: QueuedRequestID, at now: ClockReading) {
        for lookup in lookups.receive(reply, to: id, at: now) { take(lookup, at: now) }
    }

    /// Emits the trades whose deadlines have passed, and starts retries.
    package mutating func advance(to now: ClockReading) {
        var left = settings.maxExpiredAtOnce
        while left > 0, let (number, trade) = trades.nextExpired(at: now.instant) {
            left -= 1
            for key in trade.missing { lookups.stopWaiting(for: key, number, at: now) }
            finish(number, at: now)
        }
        while mayRetry, let item = retries.popDue(at: now) { retry(item, at: now) }
        if leaderboards.haveStarted { refreshLeaderboards(at: now) }
        grading.tracker.advance(to: now.time)
        emitOutcomes()
    }

    /// Returns when to call ``advance(to:)`` and ``nextRequest(at:)`` again, if nothing happens before.
    package mutating func wakeTime(at now: ClockReading) -> ContinuousClock.Instant? {
        let retry = mayRetry ? retries.nextTime : nil
        let grade = grading.tracker.nextTime.map { now.instant + max(.zero, now.time.duration(to: $0)) }
        return [trades.nextDeadline(), lookups.nextTime(at: now), retry, leaderboards.nextTime, grade]
            .compactMap { $0 }.min()
    }
}

// MARK: - Figures

extension Enricher {
    /// Trades that wait for their first final revision.
    package var openCount: Int { trades.firstAttempts + grading.openCount }

    /// Input lines that were not emitted in any form yet.
    var heldCount: Int { output.heldMarks + (settings.isFinalOnly ? trades.firstAttempts : 0) }

    /// Trades to be retried.
    package var retryCount: Int { retries.count + trades.retries }

    /// Trades that are not retried, because there were too many.
    package var droppedRetries: Int { retries.dropped }

    package var caches: LookupCaches { lookups.caches }

    package var requests: RequestQueue { lookups.requests }

    /// Undocumented and missing members of the services' answers.
    package var drift: SchemaDrift { lookups.drift }

    /// Returns the version of the Data API that is in use.
    package func version(of resource: DataResource) -> DataAPIVersion { lookups.version(of: resource) }

    /// Answers that do not have the documented form.
    package var unreadable: Int { lookups.unreadable }

    /// True if more lines should be read. Live trades are always taken, and skipped when there are too many. The
    /// trades of a replay wait in the input.
    package var wantsInput: Bool {
        (!isReplay || hasRoomForReplay) && output.heldMarks < settings.maxOpenTrades
            && (settings.grading != .only || grading.tracker.hasRoom)
    }

    private var hasRoomForReplay: Bool {
        trades.count < min(settings.maxReplayTrades, settings.maxOpenTrades) && !isFull
            && lookups.requests.waitingLive < settings.maxReplayRequests * settings.lookups.concurrency
    }

    private var isFull: Bool {
        trades.count >= settings.maxOpenTrades || trades.bytes >= settings.maxOpenBytes
    }

    private var mayRetry: Bool { trades.retries < settings.maxRetries }

    /// Lines that were emitted without some of their members.
    package var shortened: Int { output.shortened }

    /// Adds this stage's counts: in + amended = out + rejected + held.
    package func report(into tally: inout Tally) {
        tally.amended = output.amended
        tally.shortened = output.shortened
        tally.lastMark = output.lastMark
        grading.report(into: &tally)
    }
}

// MARK: - Trades

extension Enricher {
    private mutating func receive(_ line: TradeLine, at now: ClockReading) {
        isReplay = !line.isFresh(at: now.time)
        var trade = OpenTrade(line, at: now.time)
        let missing = applyCachedResults(to: &trade, at: now)
        guard !missing.isEmpty else { return emitFinal(trade, at: now) }
        guard !isFull || isReplay else { return skip(trade, at: now) }
        trade.ordinal = output.enter()
        if !settings.isFinalOnly {
            output.emit(Revision.pending(line), of: line)
            counts.count(.pending)
        }
        open(trade, missing: missing, at: now)
    }

    private mutating func skip(_ trade: OpenTrade, at now: ClockReading) {
        counts.count(.skipped)
        retries.add(
            RetryQueue.Item(
                trade: trade.trade, needs: trade.needs, results: trade.results, revision: trade.revision,
                missingParts: nil), at: now)
        output.emit(final(trade, .skipped, reason: "too many trades are waiting"), of: trade.trade)
    }

    private mutating func retry(_ item: RetryQueue.Item, at now: ClockReading) {
        var trade = OpenTrade(item)
        let missing = applyCachedResults(to: &trade, at: now)
        if missing.isEmpty { emitFinal(trade, at: now) } else { open(trade, missing: missing, at: now) }
    }

    /// Applies the cached results of what a trade still needs, and returns what remains to be looked up.
    private mutating func applyCachedResults(to trade: inout OpenTrade, at now: ClockReading) -> [LookupKey] {
        var missing: [LookupKey] = []
        var index = 0
        // A result may add a need: the owner of a trade adds the wallet's profile.
        while index < trade.needs.count {
            let key = trade.needs[index]
            index += 1
            if trade.has(key) { continue }
            guard trade.trade.mayLookUp(key, at: now.time) else {
                trade.apply(.failed("too late to say"), for: key)
                continue
            }
            // The first attempt accepts a cached failure. A retry looks it up again.
            if let result = lookups.cachedResult(for: key, at: now),
                trade.retry == nil || !result.isIncomplete
            {
                trade.apply(result, for: key)
            } else {
                missing.append(key)
            }
        }
        return missing
    }

    private mutating func open(_ trade: OpenTrade, missing: [LookupKey], at now: ClockReading) {
        var trade = trade
        trade.wait(for: missing)
        let number = trades.insert(trade, until: now.instant + settings.deadline)
        for key in missing { wait(for: key, number, trade, at: now) }
    }

    private mutating func wait(
        for key: LookupKey, _ number: TradeNumber, _ trade: OpenTrade, at now: ClockReading
    ) {
        let waiter = LookupScheduler.Waiter(
            trade: number, trafficClass: trade.trafficClass, value: trade.trade.value)
        lookups.wait(for: key, as: waiter, at: now)
    }

    /// Takes a completed look-up, and finishes the trades that waited for nothing else.
    private mutating func take(_ lookup: LookupScheduler.CompletedLookup, at now: ClockReading) {
        emitRecord(of: lookup, at: now)
        for number in lookup.waiters {
            for key in trades.apply(lookup.result, for: lookup.key, to: number) {
                if let result = lookups.cachedResult(for: key, at: now) {
                    _ = trades.apply(result, for: key, to: number)
                } else if let trade = trades[number] {
                    trades.wait(for: [key], number)
                    wait(for: key, number, trade, at: now)
                }
            }
            if trades[number]?.missing.isEmpty == true { finish(number, at: now) }
        }
    }

    /// Emits a trade with the results so far.
    private mutating func finish(_ number: TradeNumber, at now: ClockReading) {
        guard let trade = trades.remove(number) else { return }
        emitFinal(trade, at: now)
        if let ordinal = trade.ordinal { output.leave(ordinal) }
    }

    private mutating func refreshLeaderboards(at now: ClockReading) {
        for period in leaderboards.due(at: now.instant) { lookups.refresh(.leaderboard(period), at: now) }
    }
}

// MARK: - Output

extension Enricher {
    /// Emits the final revision of a trade; of a retry only if it found more. Queues an incomplete trade for a retry.
    private mutating func emitFinal(_ trade: OpenTrade, at now: ClockReading) {
        let assessment = EnrichmentAssessment(trade.results, of: trade.trade, needs: trade.needs)
        let isNews = trade.isNews(assessment)
        if isNews {
            if trade.retry == nil { counts.count(assessment.state) } else { counts.retried += 1 }
            let wasPending = trade.ordinal != nil && !settings.isFinalOnly
            let line = final(trade, assessment.state, reason: assessment.reason)
            output.emit(line, of: trade.trade, isAmendment: wasPending || trade.retry != nil)
            if trade.retry == nil {
                grading.follow(line, at: now.time)
                emitOutcomes()
            }
        }
        guard assessment.state != .enriched else { return }
        retries.add(
            RetryQueue.Item(
                trade: trade.trade, needs: trade.needs, results: trade.results,
                revision: isNews ? trade.revision : trade.revision - 1,
                missingParts: assessment.missingParts, attempts: trade.retry.map { $0.attempts + 1 } ?? 0),
            at: now)
    }

    private func final(_ trade: OpenTrade, _ state: EnrichmentState, reason: String?) -> [UInt8] {
        Revision.final(
            trade.trade, number: trade.revision, state, reason: reason, results: trade.results,
            rank: leaderboards.json(of: trade.trade.wallet))
    }

    private mutating func emitOutcomes() {
        for line in grading.tracker.takeLines() { output.emit(line) }
    }

    /// Emits the record of a leaderboard or a portfolio, and takes an answer for grades.
    private mutating func emitRecord(of lookup: LookupScheduler.CompletedLookup, at now: ClockReading) {
        switch (lookup.key, lookup.result) {
        case (.leaderboard(let period), .leaderboard(let places)):
            output.emit(leaderboards.set(period, places, asOf: now.time))
        case (.leaderboard(let period), _): leaderboards.recordFailure(period, at: now.instant)
        case (.grading(let query), let result):
            grading.tracker.take(result, to: query, at: now.time)
            emitOutcomes()
        case (.wallet(let address), .wallet(let wallet)) where wallet.isComplete:
            if let portfolio = wallet.profile.portfolio(of: address) { output.emit(portfolio) }
        default: break
        }
    }
}
