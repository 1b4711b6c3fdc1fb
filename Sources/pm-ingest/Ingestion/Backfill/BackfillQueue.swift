import Curl
import PMFlow
import PMRecord
import PolymarketAPI

/// The back-fills and audits to read from the Data API, one after the other and within a budget of requests: decides,
/// never requests.
///
/// Queued gaps that lie close together are read together, so that a connection that comes and goes does not queue up
/// more reading than there is time for. The first job has begun and takes no more gaps.
package struct BackfillQueue: Sendable {
    package enum Action: Equatable, Sendable {
        /// The queue is empty, or waits for a response.
        case idle
        /// Call ``next(at:)`` again at that time.
        case wait(until: ContinuousClock.Instant)
        /// Send this request to the Data API; then call ``received(_:wall:at:)``.
        ///
        /// - Parameter isNewRead: True if a read begins with it.
        case fetch(APIRequest, isNewRead: Bool)
        /// A back-fill has ended; gaps that stayed open may be added again.
        case settle([Settled])
        case finishAudit(AuditResult)
    }

    /// A gap whose back-fill has ended.
    package struct Settled: Equatable, Sendable {
        package let gap: Gap
        package let state: Gap.State
        /// Trades added.
        package let recovered: Int
        /// The reason why the last request was of no use, where one was not.
        package let reason: String?
    }

    /// The result of taking a response.
    package enum Intake {
        /// Emit these messages, then call ``emitted(new:suspected:at:)``; and keep the rows that are not trades.
        case emit([FeedMessage], unreadable: [TradeWindowReader.UnreadableRow], DriftObservation, Route)
        /// The request failed for that reason, and is repeated later.
        case failed(String)
    }

    private let intervals: Intervals
    private let decoder: FrameDecoder
    private var limiter: WindowLimiter
    private var jobs: [QueuedBackfill] = []
    private var policy: VersionPolicy
    private var feedTrades = ReceivedTrades()
    /// Trades that the feed sent before a gap that stayed open, by the gap's id.
    private var witnesses: [String: [ReceivedTrades.Trade]] = [:]
    /// The route whose response is expected.
    private var route = Route.dataV2Trades
    private var changes: [VersionPolicy.Change] = []
    /// True if a response is expected, or its messages are being emitted.
    private var isBusy = false

    /// - Parameters:
    ///   - budget: Requests in ten seconds.
    ///   - order: The versions of the API, in the order in which they are tried. The default is the second, then the
    ///     first.
    package init(
        _ intervals: Intervals, feed: Feed, budget: Int, order: VersionPolicy.Order = .v2ThenV1
    ) {
        self.intervals = intervals
        policy = VersionPolicy(order)
        decoder = FrameDecoder(via: .backfill, feed: feed)
        limiter = WindowLimiter(quota: budget)
    }

    /// The feed has sent a trade. Reads have to show such trades before they count.
    package mutating func note(_ trade: ReceivedTrades.Trade) {
        feedTrades.note(trade)
    }

    /// Adds a gap.
    ///
    /// - Parameter wall: The time now.
    package mutating func add(_ gap: Gap, wall: Timestamp, at now: ContinuousClock.Instant) {
        var gaps = [gap]
        if let last = jobs.indices.dropFirst().last, !jobs[last].isAudit,
            touches(gap, jobs[last].backfill.gap)
        {
            gaps = (jobs.remove(at: last).gaps + gaps).sorted { $0.from < $1.from }
        }
        var stretch = gap
        stretch.from = gaps.map(\.from).min() ?? gap.from
        stretch.to = gaps.map(\.to).max() ?? gap.to
        jobs.append(
            QueuedBackfill(
                gaps,
                GapBackfill(
                    of: stretch, intervals, witnesses: gaps.first.flatMap { witnesses[$0.id] } ?? [],
                    wall: wall, at: now)))
    }

    /// Adds the audit of a stretch. It replaces an audit that has not begun, and is dropped while one is under way.
    ///
    /// - Parameters:
    ///   - missedFrom: Trades from this time on count as missed. The default is the beginning of the stretch.
    ///   - wall: The time now.
    package mutating func addAudit(
        of stretch: Gap, missedFrom: Timestamp? = nil, wall: Timestamp, at now: ContinuousClock.Instant
    ) {
        let audit = QueuedBackfill(
            [], GapBackfill(of: stretch, intervals, isExact: true, wall: wall, at: now),
            missedFrom: missedFrom)
        switch jobs.firstIndex(where: \.isAudit) {
        case nil: jobs.append(audit)
        case 0?: break
        case let waiting?: jobs[waiting] = audit
        }
    }

    package mutating func removeAll() {
        jobs = []
    }

    /// Returns what to do next; the caller has to do it.
    package mutating func next(at now: ContinuousClock.Instant) -> Action {
        guard !isBusy, !jobs.isEmpty else { return .idle }
        switch jobs[0].backfill.next(at: now, &policy, feedTrades) {
        case .fetch(let request):
            if let pause = limiter.admit(at: now) { return .wait(until: now + pause) }
            isBusy = true
            route = request.route
            return .fetch(request, isNewRead: jobs[0].announceRead())
        case .wait(let due):
            return .wait(until: due)
        case .settled(let state):
            let job = jobs.removeFirst()
            for gap in job.gaps { witnesses[gap.id] = state == .open ? job.backfill.witnesses : nil }
            return job.end(state)
        }
    }

    /// Takes the result of the last request.
    ///
    /// - Parameter wall: The time now.
    package mutating func received(
        _ result: Result<HTTPResponse, HTTPFailure>, wall: Timestamp, at now: ContinuousClock.Instant
    ) -> Intake {
        switch result {
        case .success(let response):
            return received(
                status: response.status, response.body,
                refusal: response.refusal(now: Int(wall.milliseconds / 1000)), wall: wall, at: now)
        case .failure(let failure):
            let reason = "no response: \(failure)"
            fail(status: nil, reason, at: now)
            return .failed(reason)
        }
    }

    /// Takes the response to the last request.
    ///
    /// - Parameters:
    ///   - refusal: Not `nil` when the server refuses more requests for now.
    ///   - wall: The time now.
    package mutating func received(
        status: Int, _ body: [UInt8], refusal: Refusal? = nil, wall: Timestamp,
        at now: ContinuousClock.Instant
    ) -> Intake {
        if let refusal {
            limiter.refused(retryAfter: refusal.retryAfter, at: now)
        } else {
            limiter.succeeded()
        }
        let isReadable = !ServiceMessage.isWebPage(body)
        if let change = policy.note(status: status, isReadable: isReadable, of: route, at: now) {
            changes.append(change)
        }
        guard status == 200 else {
            let reason = APIError(status: status, body: body, from: route).description
            fail(status: status, reason, at: now)
            return .failed(reason)
        }
        guard !jobs.isEmpty else { return .emit([], unreadable: [], DriftObservation(), route) }
        let (messages, unreadable) = jobs[0].backfill.received(body, decoder, wall: wall, at: now)
        return .emit(messages, unreadable: unreadable, jobs[0].backfill.latestDrift, route)
    }

    /// The messages of the last response were emitted.
    ///
    /// - Parameters:
    ///   - new: When the trades happened that had not been emitted before.
    ///   - suspected: Copies that the next read has to confirm.
    package mutating func emitted(new: [Timestamp], suspected: Int, at now: ContinuousClock.Instant) {
        isBusy = false
        guard !jobs.isEmpty else { return }
        for time in new { jobs[0].added(at: time) }
        jobs[0].backfill.emitted(new: new.count, suspected: suspected, at: now)
    }

    /// Returns the changes of the API's version since the last call.
    package mutating func takeChanges() -> [VersionPolicy.Change] {
        defer { changes = [] }
        return changes
    }

    private mutating func fail(status: Int?, _ reason: String, at now: ContinuousClock.Instant) {
        isBusy = false
        guard !jobs.isEmpty else { return }
        jobs[0].backfill.failed(status: status, reason, at: now)
    }

    /// Returns true if what is read around the two overlaps.
    private func touches(_ one: Gap, _ other: Gap) -> Bool {
        let reach = intervals.margin * 2
        return one.from <= other.to.advanced(by: reach) && other.from <= one.to.advanced(by: reach)
    }
}
