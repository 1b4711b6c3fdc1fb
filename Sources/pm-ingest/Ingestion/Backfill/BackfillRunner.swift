import Curl
import PMFlow
import PMJSON
import PMPipe
import PMRecord
import WebSockets

/// Carries out repairs and audits, one at a time, on the event loop: asks, hands over what came, keeps to the budget.
final class BackfillRunner {
    /// What became of a trade that was read.
    enum Told {
        case new, suspected, known
    }

    /// What the desk needs done by others.
    struct Client {
        /// A new read begins: copies are counted anew.
        var beginReading: () -> Void
        var tell: (FeedMessage) -> Told
        var settle: (_ gap: Gap, _ state: Gap.State, _ recovered: Int) -> Void
        /// A trade that was told has been taken back.
        var retract: (_ id: UInt128, _ reason: String) -> Void
    }

    private static let longestAudit = Duration.seconds(900)

    private let loop: EventLoop
    private let base: String
    private let intervals: Intervals
    private let decoder: FrameDecoder
    private let log: StageLog
    private let client: Client
    private let fetcher: Fetcher
    private var limiter: WindowLimiter
    private var version = TradeWindowReader.Version.second
    private var queue: BackfillQueue
    private var awaited: UInt64?
    private var timer: EventLoop.Timer?
    private(set) var requests = 0
    private(set) var figures = AuditFigures()
    private var settlements = PendingConfirmations()

    /// - Parameters:
    ///   - base: Where the Data API is.
    ///   - budget: Requests in ten seconds.
    init(
        loop: EventLoop, base: String, budget: Int, feed: Feed, intervals: Intervals, log: StageLog,
        client: Client
    ) {
        self.loop = loop
        self.base = base
        self.intervals = intervals
        self.log = log
        self.client = client
        queue = BackfillQueue(intervals)
        limiter = WindowLimiter(quota: budget)
        decoder = FrameDecoder(via: .backfill, feed: feed)
        let waker = loop.waker
        fetcher = Fetcher { waker.wake() }
    }

    /// Repairs a gap, after those that were there before it or together with them.
    func repair(_ gap: Gap) {
        queue.add(gap, version: version, wall: .now(), at: .now)
        goOn()
    }

    /// What was told before this time has been compared with the API, or need not be; `nil` before anything was heard.
    var auditedTo: Timestamp?

    /// Compares what was told up to a settled time with the API, after what there is to repair: what the feed has
    /// missed is told, and the twins that it could not tell apart.
    ///
    /// - Parameter horizon: Since when all that was told is remembered: what is older would be told again.
    func audit(to settled: Timestamp, remembered horizon: Timestamp?, feed: Feed) {
        if let audited = auditedTo, let horizon, audited < horizon { skipAudit(from: audited, to: horizon) }
        guard let from = auditedTo, from < settled else { return }
        // A window at a time: what lies in between is read, and remembered.
        let to = min(settled, from.advanced(by: Self.longestAudit))
        let stretch = Gap(
            id: "audit", feed: feed, state: .open, from: from, to: to.advanced(by: .milliseconds(-1)),
            cause: "audit")
        queue.addAudit(of: stretch, version: version, wall: .now(), at: .now)
        goOn()
    }

    private func skipAudit(from: Timestamp, to horizon: Timestamp) {
        figures.failures += 1
        settlements.forget(before: horizon)
        log.warning(
            .api, "no audit could be made while what was told then was remembered",
            ["from": "\(from)", "to": "\(horizon)"])
        auditedTo = horizon
    }

    /// The feed told a trade; the API has yet to show it.
    func expect(_ trade: PendingConfirmations.Trade) {
        settlements.told(trade)
    }

    /// Takes the answers that have come; call when the loop was woken.
    func takeAnswers() {
        for answer in fetcher.take() where answer.number == awaited {
            awaited = nil
            take(answer.result)
        }
        goOn()
    }

    func stop() {
        fetcher.stop()
        queue.jobs = []
    }

    private func goOn() {
        guard awaited == nil, !queue.jobs.isEmpty else { return }
        if let timer { loop.cancel(timer) }
        timer = nil
        let now = ContinuousClock.now
        switch queue.jobs[0].repair.step(at: now) {
        case .fetch(let target):
            if let pause = limiter.admit(at: now) { return wait(pause) }
            if queue.jobs[0].reads != queue.jobs[0].repair.reads {
                queue.jobs[0].reads = queue.jobs[0].repair.reads
                client.beginReading()
            }
            requests += 1
            awaited = fetcher.fetch(base + target)
        case .wait(let due):
            wait(now.duration(to: due))
        case .settled(let state):
            let job = queue.jobs.removeFirst()
            version = job.repair.version
            settle(job, state)
            goOn()
        }
    }

    private func wait(_ pause: Duration) {
        timer = loop.after(max(pause, .milliseconds(1))) { [unowned self] in goOn() }
    }

    private func take(_ result: Result<HTTPResponse, HTTPFailure>) {
        guard !queue.jobs.isEmpty else { return }
        let now = ContinuousClock.now
        switch result {
        case .success(let response) where response.status == 200:
            limiter.succeeded()
            var (new, suspected) = (0, 0)
            for message in queue.jobs[0].repair.answered(response.body, decoder, wall: .now(), at: now) {
                if case .trade(let trade, _) = message {
                    settlements.shown(transactionHash: trade.transactionHash)
                }
                switch client.tell(message) {
                case .new:
                    new += 1
                    if case .trade(let trade, _) = message { queue.jobs[0].found(at: trade.time) }
                case .suspected: suspected += 1
                case .known: break
                }
            }
            queue.jobs[0].repair.told(new, suspected: suspected, at: now)
        case .success(let response):
            if response.status == 429 || response.status == 503 {
                let seconds = Int(Timestamp.now().milliseconds / 1000)
                limiter.refused(
                    retryAfter: RetryAfter.delay(
                        header: response.headers["Retry-After"], now: seconds, cap: .seconds(900)),
                    at: now)
            } else {
                limiter.succeeded()
            }
            log.count(.api)
            log.debug("the Data API answered \(response.status)")
            queue.jobs[0].repair.failed(status: response.status, at: now)
        case .failure(let failure):
            log.count(.api)
            log.debug("the Data API did not answer: \(failure)")
            queue.jobs[0].repair.failed(status: nil, at: now)
        }
    }

    private func settle(_ job: BackfillQueue.Job, _ state: Gap.State) {
        guard !job.isAudit else { return settleAudit(job.repair, state) }
        for gap in job.gaps {
            client.settle(gap, state, job.found[gap.id] ?? 0)
            guard state == .open else { continue }
            log.warning(.api, "a gap could not be repaired yet", ["gap": "\(gap.id)"])
            loop.after(intervals.retry) { [unowned self] in repair(gap) }
        }
    }

    private func settleAudit(_ repair: Backfill, _ state: Gap.State) {
        switch state {
        case .open:
            // The same stretch once more, next time: what was not read in full says nothing.
            figures.failures += 1
            log.warning(.api, "an audit could not be made", ["from": "\(repair.gap.from)"])
            return
        case .closed:
            figures.note(rows: repair.rows, missed: repair.recovered, at: .now())
            let bound = repair.gap.from.advanced(by: .zero - PendingConfirmations.skew)
            for id in settlements.overdue(before: bound) {
                client.retract(id, "the exchange shows no such transaction")
            }
        case .unrecoverable:
            figures.failures += 1
            settlements.forget(before: repair.gap.to)
            log.warning(
                .api, "an audit saw a part: not all that the API holds can be read",
                ["from": "\(repair.gap.from)"])
        }
        let end = repair.gap.to.advanced(by: .milliseconds(1))
        auditedTo = max(auditedTo ?? end, end)
        guard repair.recovered > 0 else { return }
        log.warning(
            .input, "an audit found trades that the feed had not told",
            ["missed": "\(repair.recovered)", "of": "\(repair.rows)"])
    }
}
