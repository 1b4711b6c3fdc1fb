import Curl
import PMFlow
import PMJSON
import PMPipe
import PMRecord
import PolymarketAPI
import WebSockets

/// Polls the Data API for new trades: while no feed is received, or in place of one.
///
/// Each poll reads the list from its newest row down to the rows of the poll before. Of the activity feed the takers are
/// read first, so that the other rows of their transactions are known to be makers'. Twins are emitted when the next poll
/// shows them too. A poll does not replace the back-fill: it emits trades early.
final class TradePoller {
    enum Event {
        /// A poll has read all trades since the one before.
        case complete
        /// There are more new trades than one poll reads.
        case incomplete
        /// Several polls in a row have failed.
        case failed(String)
    }

    /// The time between the beginnings of two polls.
    private static let period = Duration.seconds(1)
    /// Failures in a row that are reported, and after which the pause doubles. The next poll makes good for fewer.
    private static let fewFailures = 3
    private static let longestPause = Duration.seconds(30)
    /// Time that is read again: rows do not appear in the order of their blocks, and late by up to 11 s
    /// (docs/POLYMARKET.md, "Data API v2").
    private static let overlap = Duration.seconds(15)
    /// How far a poll reaches into the future: this machine's clock may be behind.
    private static let reach = Duration.seconds(365 * 86_400)
    /// Rows of one poll.
    private static let most = 5_000

    private let feed: Feed
    private let bases: APIBases
    private let loop: EventLoop
    private let log: StageLog
    private let output: BackfillOutput
    private let decoder: FrameDecoder
    private let client: BackgroundHTTPClient
    private var limiter: WindowLimiter
    private var policy: VersionPolicy
    /// The read under way, while polling.
    private var reader: TradeWindowReader?
    private var isReadingTakers = false
    private var since = Timestamp(milliseconds: 0)
    private var newest = Timestamp(milliseconds: 0)
    private var startedAt = ContinuousClock.now
    private var failures = 0
    private var outstanding: (number: UInt64, route: Route)?
    private var timer: EventLoop.Timer?
    private var requests = 0
    private var emitted = 0
    private(set) var isPolling = false
    /// True if the last poll was complete.
    private(set) var isComplete = false
    var onEvent: (Event) -> Void = { _ in }

    /// - Parameters:
    ///   - base: The address of the Data API.
    ///   - budget: Requests in ten seconds.
    init(
        _ feed: Feed, base: String, budget: Int, order: VersionPolicy.Order, loop: EventLoop, log: StageLog,
        output: BackfillOutput
    ) {
        self.feed = feed
        self.loop = loop
        self.log = log
        self.output = output
        bases = APIBases(data: base)
        decoder = FrameDecoder(via: .backfill, feed: feed)
        limiter = WindowLimiter(quota: budget)
        policy = VersionPolicy(order)
        let waker = loop.waker
        client = BackgroundHTTPClient { waker.wake() }
    }

    /// Starts to poll.
    ///
    /// - Parameter time: Up to when trades were received.
    func start(since time: Timestamp) {
        guard !isPolling else { return }
        isPolling = true
        failures = 0
        since = time.advanced(by: .zero - Self.overlap)
        newest = time
        begin()
    }

    func stop() {
        guard isPolling else { return }
        (isPolling, isComplete, reader, outstanding) = (false, false, nil, nil)
        cancelTimer()
    }

    func end() {
        stop()
        client.stop()
    }

    /// Takes the responses that have arrived; call when the loop was woken.
    func takeResponses() {
        for completion in client.take() {
            guard let (number, route) = outstanding, completion.number == number else { continue }
            outstanding = nil
            take(completion.result, from: route)
        }
    }

    func figures(into writer: inout JSONWriter) {
        writer.member("polling", isPolling)
        writer.member("poll_requests", requests)
        writer.member("polled", emitted)
    }

    // MARK: One poll

    private func begin() {
        startedAt = .now
        isReadingTakers = feed == .activity
        read()
    }

    private func read() {
        reader = TradeWindowReader(
            since...since.advanced(by: Self.reach),
            version: policy.version(for: .trades, at: .now),
            takerOnly: isReadingTakers || feed == .market, slice: Self.most)
        if !isReadingTakers { output.beginPoll() }
        request()
    }

    private func request() {
        cancelTimer()
        guard isPolling, let request = reader?.request else { return }
        if let pause = limiter.admit(at: .now) {
            return after(pause) { [unowned self] in self.request() }
        }
        requests += 1
        guard let url = bases.url(of: request, nonce: "\(Timestamp.now().milliseconds)\(requests)") else {
            return
        }
        outstanding = (client.fetch(url), request.route)
    }

    private func take(_ result: Result<HTTPResponse, HTTPFailure>, from route: Route) {
        guard isPolling, reader != nil else { return }
        do {
            let response = try result.get()
            note(response, from: route)
            guard response.status == 200 else {
                throw APIError(status: response.status, body: response.body, from: route)
            }
            emit(try reader!.take(response.body, decoder, at: .now()))
            output.onDrift(reader!.latestDrift, route)
            if let stall = reader!.stall { throw APIError(.form, stall, from: route) }
        } catch {
            return fail("\(error)")
        }
        guard reader!.isComplete else { return request() }
        if isReadingTakers {
            isReadingTakers = false
            return read()
        }
        finish()
    }

    private func note(_ response: HTTPResponse, from route: Route) {
        if let refusal = response.refusal(now: Int(Timestamp.now().milliseconds / 1000)) {
            limiter.refused(retryAfter: refusal.retryAfter, at: .now)
        } else {
            limiter.succeeded()
        }
        let isReadable = !ServiceMessage.isWebPage(response.body)
        if let change = policy.note(status: response.status, isReadable: isReadable, of: route, at: .now) {
            log.notice("\(change)")
        }
    }

    /// Emits what is new. The takers are read again among all rows; only those count as copies.
    private func emit(_ messages: [FeedMessage]) {
        for case .trade(let trade, let read, let odd) in messages {
            newest = max(newest, trade.time)
            let origin: FeedMessage.Origin =
                switch read {
                case .reading(let copy) where !isReadingTakers: .poll(copy: copy)
                default: .feed("poll")
                }
            if case .new = output.emit(.trade(trade, origin: origin, odd: odd)) { emitted += 1 }
        }
    }

    private func finish() {
        let isWhole = reader?.rest == nil && reader?.isCapped == false
        (failures, isComplete) = (0, isWhole)
        since = max(since, min(newest, .now()).advanced(by: .zero - Self.overlap))
        onEvent(isWhole ? .complete : .incomplete)
        after(max(.milliseconds(100), Self.period - startedAt.duration(to: .now))) { [unowned self] in begin()
        }
    }

    private func fail(_ reason: String) {
        failures += 1
        isComplete = false
        log.count(.api)
        if failures == 1 { log.warning(.api, "the Data API was not polled: \(reason)") }
        if failures >= Self.fewFailures { onEvent(.failed(reason)) }
        let pause = Self.period * (1 << min(max(0, failures - Self.fewFailures), 10))
        after(min(pause, Self.longestPause)) { [unowned self] in begin() }
    }

    private func after(_ pause: Duration, _ action: @escaping () -> Void) {
        cancelTimer()
        guard isPolling else { return }
        timer = loop.after(max(pause, .milliseconds(1)), action)
    }

    private func cancelTimer() {
        if let timer { loop.cancel(timer) }
        timer = nil
    }
}
