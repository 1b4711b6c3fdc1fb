import Curl
import PMJSON
import PMPipe
import PMRecord
import PolymarketAPI
import WebSockets

/// Runs back-fills and audits on the event loop: requests what the queue asks for, and emits what was received.
final class BackfillRunner {
    private let loop: EventLoop
    private let bases: APIBases
    private let intervals: Intervals
    private let log: StageLog
    private let output: BackfillOutput
    private let client: BackgroundHTTPClient
    private var queue: BackfillQueue
    private var audits: AuditSchedule
    /// The request whose response is expected.
    private var outstanding: UInt64?
    private var timer: EventLoop.Timer?
    private var requests = 0
    /// Rows of the API that are not valid trades.
    private var unreadable = 0

    /// - Parameters:
    ///   - base: The address of the Data API.
    ///   - budget: Requests in ten seconds.
    init(
        _ settings: FeedSettings, base: String, budget: Int, order: VersionPolicy.Order, loop: EventLoop,
        log: StageLog,
        output: BackfillOutput
    ) {
        self.loop = loop
        bases = APIBases(data: base)
        self.log = log
        self.output = output
        intervals = settings.intervals
        queue = BackfillQueue(settings.intervals, feed: settings.feed, budget: budget, order: order)
        audits = AuditSchedule(feed: settings.feed, period: settings.intervals.audit)
        let waker = loop.waker
        client = BackgroundHTTPClient { waker.wake() }
    }

    /// Back-fills a gap, after those that were added before it or together with them.
    func add(_ gap: Gap) {
        queue.add(gap, wall: .now(), at: .now)
        proceed()
    }

    /// Takes the responses that have arrived; call when the loop was woken.
    func takeResponses() {
        for completion in client.take() where completion.number == outstanding {
            outstanding = nil
            take(completion.result)
        }
        proceed()
    }

    func stop() {
        client.stop()
        queue.removeAll()
    }

    // MARK: Audits

    /// Plans the audits of this run.
    ///
    /// - Parameters:
    ///   - end: When the last run ended, by the exchange's clock; `nil` when there was none.
    ///   - history: What it left in the journal.
    func startAudits(after end: Timestamp?, _ history: JournalRecovery?) {
        audits.note(emitted: output.emittedCount, at: .now())
        let trades = history?.liveTrades ?? []
        for trade in trades {
            queue.note(.init(transaction: trade.transaction, time: trade.time, receivedAt: .now))
        }
        if let end { audits.resume(after: end, trades, retracted: history?.retractedTrades ?? []) }
        planAudit()
    }

    /// Notes what the feed has sent. The first data starts the audits of a first run.
    func note(_ frame: ReceivedFrame) {
        audits.note(frame)
        for case .trade(let trade, _, _) in frame.messages {
            guard let transaction = UInt128(transactionHash: trade.transactionHash) else { continue }
            queue.note(.init(transaction: transaction, time: trade.time, receivedAt: .now))
        }
    }

    /// Starts the audits of a first run at that time.
    func startAudits(at time: Timestamp) {
        audits.start(at: time)
    }

    /// Expects an emitted trade to appear in the API.
    func expect(_ trade: UnsettledTrades.Trade) {
        audits.expect(trade)
    }

    private func planAudit() {
        loop.after(intervals.audit) { [unowned self] in
            addAudit(at: .now())
            planAudit()
        }
    }

    private func addAudit(at now: Timestamp) {
        audits.note(emitted: output.emittedCount, at: now)
        let next = audits.next(at: now)
        if let skipped = next.skipped {
            log.warning(
                .api, "an audit was skipped: trades of that time have been forgotten since",
                ["from": "\(skipped.lowerBound)", "to": "\(skipped.upperBound)"])
        }
        guard let stretch = next.stretch else { return }
        queue.addAudit(of: stretch, missedFrom: next.missedFrom, wall: .now(), at: .now)
        proceed()
    }

    // MARK: Actions

    private func proceed() {
        if let timer { loop.cancel(timer) }
        timer = nil
        while true {
            let now = ContinuousClock.now
            switch queue.next(at: now) {
            case .idle: return
            case .wait(let due): return wait(now.duration(to: due))
            case .fetch(let request, let isNewRead):
                if isNewRead { output.beginRead() }
                requests += 1
                let nonce = "\(Timestamp.now().milliseconds)\(requests)"
                outstanding = bases.url(of: request, nonce: nonce).map { client.fetch($0) }
            case .settle(let settled): for gap in settled { settle(gap) }
            case .finishAudit(let result): finish(result)
            }
        }
    }

    private func wait(_ pause: Duration) {
        timer = loop.after(max(pause, .milliseconds(1))) { [unowned self] in proceed() }
    }

    private func take(_ result: Result<HTTPResponse, HTTPFailure>) {
        switch queue.received(result, wall: .now(), at: .now) {
        case .emit(let messages, let unreadable, let drift, let route):
            note(unreadable)
            output.onDrift(drift, route)
            emit(messages)
        case .failed(let reason):
            log.count(.api)
            log.debug("a request to the Data API failed: \(reason)")
        }
        for change in queue.takeChanges() { log.notice("\(change)") }
    }

    /// Keeps rows that are not trades among the rejects.
    private func note(_ rows: [TradeWindowReader.UnreadableRow]) {
        guard let first = rows.first else { return }
        if unreadable == 0 { log.warning(.api, "a row of the Data API is not a trade: \(first.reason)") }
        unreadable += rows.count
        for row in rows { output.reject(row) }
    }

    private func emit(_ messages: [FeedMessage]) {
        var (new, suspected) = ([Timestamp](), 0)
        for message in messages {
            var time: Timestamp?
            if case .trade(let trade, _, _) = message {
                time = trade.time
                if let transaction = UInt128(transactionHash: trade.transactionHash) {
                    for id in audits.confirm(transaction) { output.restore(id) }
                }
            }
            switch output.emit(message) {
            case .new: if let time { new.append(time) }
            case .suspected: suspected += 1
            case .known: break
            }
        }
        queue.emitted(new: new, suspected: suspected, at: .now)
    }

    private func settle(_ settled: BackfillQueue.Settled) {
        output.settle(settled)
        guard settled.state == .open else { return }
        log.warning(
            .api, "a gap could not be back-filled yet",
            ["gap": "\(settled.gap.id)", "reason": "\(settled.reason ?? "unknown")"])
        loop.after(intervals.retry) { [unowned self] in add(settled.gap) }
    }

    private func finish(_ result: AuditResult) {
        for id in audits.finish(result, at: .now()) { output.retract(id) }
        switch result.state {
        case .open:
            return log.warning(
                .api, "an audit failed",
                ["from": "\(result.from)", "reason": "\(result.reason ?? "unknown")"])
        case .closed: output.note(result)
        case .unrecoverable:
            log.warning(
                .api, "an audit is incomplete: the API holds more than can be read",
                ["from": "\(result.from)"])
        }
        guard result.missed > 0 else { return }
        log.warning(
            .input, "an audit found trades that the feed had not sent",
            ["missed": "\(result.missed)", "of": "\(result.rows)"])
    }

    // MARK: Status

    func figures(into writer: inout JSONWriter) {
        writer.member("api_requests", requests)
        writer.member("api_rows_unreadable", unreadable)
        audits.figures(into: &writer)
    }
}
