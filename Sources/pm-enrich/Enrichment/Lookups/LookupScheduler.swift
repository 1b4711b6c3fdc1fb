import PMFlow
import PMRecord
import PolymarketAPI

/// Runs look-ups: each once for all trades that wait for it, in as many requests as it takes.
///
/// A started look-up finishes at low priority when its last waiter leaves, so that a retry finds its result in the cache.
package struct LookupScheduler: Sendable {
    package struct Settings: Sendable {
        /// The most requests in flight.
        package var concurrency = 16
        /// The most look-ups that no trade waits for.
        package var maxBackground = 256
        package var caches = LookupCaches.Bounds()
        /// The versions of the Data API to ask.
        package var dataAPI = VersionPolicy.Order.v2ThenV1
        /// The Polygon nodes that can be asked for receipts.
        package var polygonNodes = 0
        /// True if requests are batched where the service permits it.
        package var batchesRequests = true
        /// True if requests go as fast as the services answer, whatever limit they publish.
        package var isUnlimited = false
        /// The files of limiters that are shared with other processes.
        package var limiterFiles = LimiterFiles()

        package init() {}
    }

    /// A trade that waits for a look-up.
    struct Waiter {
        let trade: TradeNumber
        let trafficClass: TrafficClass
        let value: Micros
    }

    struct CompletedLookup {
        let key: LookupKey
        let result: LookupResult
        let waiters: [TradeNumber]
    }

    private struct RunningLookup {
        var lookup: any Lookup
        /// The time since which all its requests, from the first page to the last, count as waiting.
        let start: ContinuousClock.Instant
        var requests: [QueuedRequestID: APIRequest] = [:]
        var waiters: [Waiter] = []
        var hasAnswer = false

        /// The class and value of its requests: those of the most important waiter.
        var priority: (trafficClass: TrafficClass, value: Micros) {
            let trafficClass: TrafficClass =
                waiters.contains { $0.trafficClass == .live } ? .live : .background
            let values = waiters.lazy.filter { $0.trafficClass == trafficClass }.map(\.value)
            return (trafficClass, values.max() ?? .zero)
        }
    }

    package private(set) var caches: LookupCaches
    package private(set) var requests: RequestQueue
    /// Answers that do not have the documented form.
    package private(set) var unreadable = 0

    private var context: LookupContext

    private let settings: Settings
    private var running: [LookupKey: RunningLookup] = [:]
    /// Running look-ups that no trade waits for.
    private var background: Set<LookupKey> = []
    private var keys: [QueuedRequestID: LookupKey] = [:]

    init(_ settings: Settings, at now: ClockReading) {
        self.settings = settings
        caches = LookupCaches(settings.caches)
        context = LookupContext(settings.dataAPI, polygonNodes: settings.polygonNodes, at: now)
        requests = RequestQueue(
            concurrency: settings.concurrency, batchesRequests: settings.batchesRequests,
            isUnlimited: settings.isUnlimited, sharing: settings.limiterFiles, at: now.instant)
    }

    /// Returns the cached result, and refreshes a stale one in the background.
    mutating func cachedResult(for key: LookupKey, at now: ClockReading) -> LookupResult? {
        guard let (result, isStale) = caches.result(for: key, at: now) else { return nil }
        if isStale, background.count < settings.maxBackground { refresh(key, at: now) }
        return result
    }

    /// Joins the running look-up, or starts one.
    mutating func wait(for key: LookupKey, as waiter: Waiter, at now: ClockReading) {
        guard running[key] != nil else { return start(key, waiters: [waiter], at: now) }
        running[key]!.waiters.append(waiter)
        background.remove(key)
        for id in running[key]!.requests.keys {
            requests.promote(
                id, to: waiter.trafficClass, value: waiter.value, since: running[key]!.start)
        }
    }

    /// Removes a waiter. A look-up without waiters is cancelled if it has not started, or if too many run in the background.
    mutating func stopWaiting(for key: LookupKey, _ trade: TradeNumber, at now: ClockReading) {
        running[key]?.waiters.removeAll { $0.trade == trade }
        guard let lookup = running[key], lookup.waiters.isEmpty, !background.contains(key) else { return }
        let hasStarted = lookup.hasAnswer || lookup.requests.keys.contains { requests.isInFlight($0) }
        if hasStarted, background.count < settings.maxBackground {
            background.insert(key)
            for id in lookup.requests.keys { requests.demote(id, at: now.instant) }
        } else {
            running[key] = nil
            for id in lookup.requests.keys {
                keys[id] = nil
                requests.cancel(id)
            }
        }
    }

    /// Starts a look-up that no trade waits for, unless it is running.
    mutating func refresh(_ key: LookupKey, at now: ClockReading) {
        if running[key] == nil { start(key, waiters: [], at: now) }
    }

    /// Sends the next request, if one may go now.
    mutating func nextRequest(at now: ClockReading) -> (id: QueuedRequestID, request: APIRequest)? {
        requests.next(at: now.instant)
    }

    /// Fails one request to a service that is unavailable.
    ///
    /// - Returns: The look-up that this completes, if any; `nil` when there is no such request.
    mutating func failFast(at now: ClockReading) -> [CompletedLookup]? {
        guard let (id, answer) = requests.failFast(at: now.instant) else { return nil }
        return take(answer, to: id, at: now).map { [$0] } ?? []
    }

    /// Takes the reply to a request.
    ///
    /// - Returns: The look-ups that it completes.
    mutating func receive(
        _ reply: APIReply, to id: QueuedRequestID, at now: ClockReading
    ) -> [CompletedLookup] {
        requests.settle(id, reply, at: now.instant).compactMap { take($0.answer, to: $0.id, at: now) }
    }

    /// Returns and removes the changes of the services that should be logged.
    mutating func takeNotices() -> [String] { context.takeNotices() }

    /// Undocumented and missing members of the services' answers.
    var drift: SchemaDrift { context.drift }

    /// Returns the version of the Data API that is in use.
    func version(of resource: DataResource) -> DataAPIVersion { context.currentVersion(for: resource) }

    /// Returns when to call ``nextRequest(at:)`` and ``failFast(at:)`` again, if no answer comes before.
    mutating func nextTime(at now: ClockReading) -> ContinuousClock.Instant? {
        requests.nextTime(at: now.instant)
    }
}

extension LookupScheduler {
    private mutating func start(_ key: LookupKey, waiters: [Waiter], at now: ClockReading) {
        var lookup = RunningLookup(
            lookup: key.makeLookup(wasAbsent: caches.wasAbsent(key)), start: now.instant, waiters: waiters)
        if waiters.isEmpty { background.insert(key) }
        context.now = now
        add(lookup.lookup.begin(&context), to: &lookup, key, at: now)
        running[key] = lookup
    }

    private mutating func add(
        _ added: [FollowUp], to lookup: inout RunningLookup, _ key: LookupKey, at now: ClockReading
    ) {
        let (trafficClass, value) = lookup.priority
        for next in added {
            let id = requests.add(
                next.request, trafficClass, value: value, since: lookup.start, after: next.delay,
                at: now.instant)
            lookup.requests[id] = next.request
            keys[id] = key
        }
    }

    private mutating func take(
        _ answer: LookupAnswer, to id: QueuedRequestID, at now: ClockReading
    ) -> CompletedLookup? {
        guard let key = keys.removeValue(forKey: id), var lookup = running[key],
            let request = lookup.requests.removeValue(forKey: id)
        else { return nil }
        lookup.hasAnswer = true
        context.now = now
        add(followUps(to: request, answer, in: &lookup), to: &lookup, key, at: now)
        guard lookup.requests.isEmpty else {
            running[key] = lookup
            return nil
        }
        running[key] = nil
        background.remove(key)
        let result = lookup.lookup.result(at: now.time)
        caches.set(result, for: key, at: now)
        return CompletedLookup(key: key, result: result, waiters: lookup.waiters.map(\.trade))
    }

    /// Passes an answer to a look-up, and returns the requests that follow. An unreadable answer counts as a failure.
    private mutating func followUps(
        to request: APIRequest, _ answer: LookupAnswer, in lookup: inout RunningLookup
    ) -> [FollowUp] {
        // The version may change before the look-up asks again.
        if case .absent(let status) = answer {
            context.note(status: status, isReadable: false, of: request.route)
        }
        do throws(APIError) {
            let next = try lookup.lookup.take(answer, to: request, &context)
            if case .body = answer { context.note(status: 200, isReadable: true, of: request.route) }
            return next
        } catch {
            unreadable += 1
            context.note(status: 200, isReadable: false, of: request.route)
            return (try? lookup.lookup.take(.failed(error.reason), to: request, &context)) ?? []
        }
    }
}
