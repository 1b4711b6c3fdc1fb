import PMJSON
import PMPipe
import PMRecord
import WebSockets

/// Polls the Data API while no feed is received, or in place of a feed.
final class FeedPolling {
    private let poller: TradePoller
    /// True if the API is polled in place of a feed.
    private let isAlone: Bool
    private let eventLog: EventLog
    private let backfills: BackfillRunner?
    private let log: StageLog
    private var silence: SilencePoll
    /// When all trades up to then had been polled.
    private var polledTo: Timestamp

    /// - Parameter began: Up to when the feed counts as received before its first data.
    /// - Returns: `nil` without an API.
    init?(
        _ options: LiveFeed.Options, began: Timestamp, _ eventLog: EventLog, _ backfills: BackfillRunner?,
        loop: EventLoop, log: StageLog, output: BackfillOutput
    ) {
        guard let base = options.dataURL else { return nil }
        // While no feed is received, back-fills pause, and the whole budget is for polls.
        isAlone = options.isPolled
        poller = TradePoller(
            options.feed, base: base, budget: max(1, isAlone ? options.apiBudget / 2 : options.apiBudget),
            order: options.versions, loop: loop, log: log, output: output)
        self.eventLog = eventLog
        self.backfills = backfills
        self.log = log
        silence = SilencePoll(after: options.intervals.silencePoll, began: began)
        polledTo = began
    }

    /// Starts to poll, where the API is polled in place of a feed.
    func start() {
        guard isAlone else { return }
        poller.onEvent = { [unowned self] event in handle(event) }
        poller.start(since: polledTo)
    }

    func end() {
        poller.end()
    }

    /// Takes the responses that have arrived; call when the loop was woken.
    func takeResponses() {
        poller.takeResponses()
    }

    func note(_ frame: ReceivedFrame) {
        guard frame.hasRequiredType else { return }
        // By the exchange's clock too: this machine's may be ahead.
        silence.received(at: min(frame.receivedAt, frame.firstTradeTime ?? frame.receivedAt))
    }

    /// Starts to poll after a silence, and stops when the feed is received again.
    func check(isReceiving: Bool, at now: ContinuousClock.Instant) {
        guard !isAlone else { return }
        switch silence.check(isReceiving: isReceiving, at: now) {
        case .keep: break
        case .start(let since):
            guard !poller.isPolling else { return }
            log.warning(.input, "no feed is received: the Data API is polled for trades")
            poller.start(since: since)
        case .stop:
            guard poller.isPolling else { return }
            log.notice("the feed is received again: polling ends")
            poller.stop()
        }
    }

    /// True if the API stands in for a feed, and its last poll was complete.
    var isReceiving: Bool { isAlone && poller.isComplete }

    func figures(into writer: inout JSONWriter) {
        poller.figures(into: &writer)
    }

    /// Notes whether polls in place of a feed have missed anything.
    private func handle(_ event: TradePoller.Event) {
        switch event {
        case .complete:
            eventLog.endGap(.unheard(shard: 0))
            eventLog.endGap(.stopped)
            backfills?.startAudits(at: polledTo)
            polledTo = .now()
        case .incomplete:
            beginGap("a poll could not read all trades")
        case .failed(let reason):
            beginGap("the Data API was not polled: \(reason)")
        }
    }

    private func beginGap(_ cause: String) {
        guard !eventLog.gaps.isGoingOn(.stopped) else { return }
        eventLog.beginGap(.unheard(shard: 0), from: polledTo, cause: cause)
    }
}
