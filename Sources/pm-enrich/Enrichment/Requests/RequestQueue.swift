import PMFlow
import PolymarketAPI

/// Identifies a request from when it is queued until it is answered.
package struct QueuedRequestID: Hashable, Sendable {
    let number: UInt64
    let route: Route
}

/// The priority class of a request.
package enum TrafficClass: Sendable {
    /// A trade that happens now.
    case live
    /// A trade that is retried, or nothing.
    case background
}

/// The requests of all routes that wait for their turn or are in flight.
///
/// The request of the largest trade goes first, with ageing: one second of waiting counts as much as 1,000 dollars, so that
/// small trades are not delayed for ever. Each route has its own limiter, and each service one above those. A circuit
/// breaker per service stops requests to
/// one that keeps failing; the requests that wait for it then fail at once.
package struct RequestQueue: Sendable {
    private struct Service {
        var limiter: HostLimiter<Route>
        var breaker = Breaker()
        var lastFailure: String?

        /// The reason for which requests fail at once.
        var failure: String { lastFailure ?? "the service fails" }
    }

    /// The most requests in flight.
    private let concurrency: Int
    /// Requests sent, by service.
    package private(set) var sent: [APIHost: Int] = [:]
    /// Requests that were answered in a batch with another.
    package private(set) var batched = 0
    /// Requests that were refused or timed out.
    package private(set) var refusals = 0

    private var inFlight = 0
    private var routes: [Route: RouteQueue] = [:]
    private var services: [APIHost: Service] = [:]
    private var backoff: Backoff<SplitMix64>
    private var lastNumber: UInt64 = 0
    private let start: ContinuousClock.Instant

    /// - Parameters:
    ///   - batchesRequests: Whether requests are batched where the service permits it.
    ///   - isUnlimited: Whether the limiters start from a quota that is never used up, instead of the published limit.
    ///   - files: The files of limiters that are shared with other processes.
    package init(
        concurrency: Int, batchesRequests: Bool = true, isUnlimited: Bool = false,
        sharing files: LimiterFiles = LimiterFiles(), at now: ContinuousClock.Instant
    ) {
        self.concurrency = concurrency
        start = now
        backoff = Backoff(from: .milliseconds(250), to: .seconds(5), using: SplitMix64(seed: 1))
        for route in Route.allCases { routes[route] = RouteQueue(batchesRequests: batchesRequests) }
        // One tenth is left to other clients behind the same address.
        func limit(_ published: Int) -> Int { isUnlimited ? AdaptiveLimiter.unbounded : published * 9 / 10 }
        for (hostNumber, host) in APIHost.allCases.enumerated() {
            let routes = Route.allCases.enumerated().filter { $1.host == host }.map { number, route in
                (
                    route,
                    SharedLimiter(
                        published: limit(route.publishedLimit), in: files.routes[route], seed: UInt64(number),
                        at: now)
                )
            }
            services[host] = Service(
                limiter: HostLimiter(
                    host: SharedLimiter(
                        published: limit(host.publishedLimit), in: files.hosts[host],
                        seed: UInt64(1000 + hostNumber), at: now),
                    routes: Dictionary(uniqueKeysWithValues: routes)))
        }
    }

    /// Requests that are not in flight.
    package var waiting: Int { routes.values.reduce(0) { $0 + $1.waiting } }

    /// Live requests that may be sent as soon as a limiter permits.
    package var waitingLive: Int { routes.values.reduce(0) { $0 + $1.waitingLive } }

    /// Adds a request.
    ///
    /// - Parameters:
    ///   - value: The value of the trade that it is for, in dollars.
    ///   - start: Since when that trade waits; `now` when `nil`.
    ///   - delay: How long to wait before it is queued.
    package mutating func add(
        _ request: APIRequest, _ trafficClass: TrafficClass, value: Micros,
        since start: ContinuousClock.Instant? = nil, after delay: Duration = .zero,
        at now: ContinuousClock.Instant
    ) -> QueuedRequestID {
        lastNumber += 1
        let id = QueuedRequestID(number: lastNumber, route: request.route)
        routes[id.route]!.add(
            request, as: id, trafficClass, priority: priority(value, since: start ?? now),
            from: delay > .zero ? now + delay : nil)
        return id
    }

    /// Moves a request forward, because a larger or a live trade waits for it too.
    package mutating func promote(
        _ id: QueuedRequestID, to trafficClass: TrafficClass, value: Micros,
        since start: ContinuousClock.Instant
    ) {
        routes[id.route]!.promote(id, to: trafficClass, priority: priority(value, since: start))
    }

    /// Moves a request to the background class, because no trade waits for it any more.
    mutating func demote(_ id: QueuedRequestID, at now: ContinuousClock.Instant) {
        routes[id.route]!.demote(id, priority: priority(.zero, since: now))
    }

    /// Removes a request whose answer is no longer wanted. One that is in flight is not retried.
    mutating func cancel(_ id: QueuedRequestID) {
        routes[id.route]!.cancel(id)
    }

    /// Returns true if a request was sent and is not answered.
    func isInFlight(_ id: QueuedRequestID) -> Bool { routes[id.route]!.isInFlight(id) }

    /// Sends the request whose turn it is; `nil` when none may be sent now.
    package mutating func next(
        at now: ContinuousClock.Instant
    ) -> (id: QueuedRequestID, request: APIRequest)? {
        guard inFlight < concurrency else { return nil }
        for route in routesInOrder(at: now) {
            guard
                let (id, request, batched) = routes[route]!.send(
                    route, through: &services[route.host]!.limiter, at: now)
            else { continue }
            services[route.host]!.breaker.sent()
            inFlight += 1
            self.batched += batched
            sent[route.host, default: 0] += 1
            return (id, request)
        }
        return nil
    }

    /// Removes a request to a service whose breaker is open, and returns the failure that answers it.
    mutating func failFast(
        at now: ContinuousClock.Instant
    ) -> (id: QueuedRequestID, answer: LookupAnswer)? {
        for route in Route.allCases where services[route.host]!.breaker.state(at: now) == .open {
            routes[route]!.resumeDelayed(at: now)
            guard let id = routes[route]!.removeHead() else { continue }
            return (id, .failed(services[route.host]!.failure))
        }
        return nil
    }

    /// Ends an attempt.
    ///
    /// - Returns: The answers to the request and to those batched with it, without those that are retried.
    package mutating func settle(
        _ id: QueuedRequestID, _ reply: APIReply, at now: ContinuousClock.Instant
    ) -> [(id: QueuedRequestID, answer: LookupAnswer)] {
        let meaning = ReplyMeaning(reply)
        guard
            let answers = routes[id.route]!.settle(
                id, meaning, hint: reply.hint, limiter: &services[id.route.host]!.limiter,
                backoff: &backoff, at: now)
        else { return [] }
        inFlight -= 1
        if meaning.outcome.isRefusal { refusals += 1 }
        record(meaning, of: id.route.host, at: now)
        return answers
    }

    /// Returns when ``next(at:)`` or ``failFast(at:)`` may have a request; `nil` when only an answer can bring one.
    mutating func nextTime(at now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        guard inFlight < concurrency else { return nil }
        var times: [ContinuousClock.Instant] = []
        for route in Route.allCases {
            if let time = routes[route]!.nextDelayed { times.append(time) }
            guard routes[route]!.hasWaiting(),
                let wait = services[route.host]!.limiter.wait(for: route, at: now)
            else { continue }
            let breaker = services[route.host]!.breaker
            switch breaker.state(at: now) {
            case .closed: times.append(now + wait)
            case .open: times.append(now)
            case .halfOpen: if breaker.allows(at: now) { times.append(now + wait) }
            }
        }
        return times.min()
    }

    /// Returns the routes whose services may get requests, by the rank of their requests.
    private mutating func routesInOrder(at now: ContinuousClock.Instant) -> [Route] {
        var ranks: [(route: Route, rank: RouteQueue.Rank)] = []
        for route in Route.allCases where services[route.host]!.breaker.allows(at: now) {
            routes[route]!.resumeDelayed(at: now)
            if let rank = routes[route]!.rank() { ranks.append((route, rank)) }
        }
        return ranks.sorted { $1.rank < $0.rank }.map(\.route)
    }

    private mutating func record(
        _ meaning: ReplyMeaning, of host: APIHost, at now: ContinuousClock.Instant
    ) {
        switch meaning {
        // A service that refuses is available.
        case .answered, .refused, .timedOut: services[host]!.breaker.succeeded()
        case .unavailable:
            services[host]!.lastFailure = "HTTP 503"
            services[host]!.breaker.failed(at: now)
        case .failed(let reason, let isTransient, _):
            services[host]!.lastFailure = reason
            if isTransient {
                services[host]!.breaker.failed(at: now)
            } else {
                services[host]!.breaker.succeeded()
            }
        }
    }

    /// Returns value + age × 1,000 dollars per second, relative to the queue's start, so that priorities never change.
    private func priority(_ value: Micros, since time: ContinuousClock.Instant) -> Int64 {
        value.count / 1_000_000 - start.duration(to: time).inMilliseconds
    }
}

// MARK: - Figures

extension RequestQueue {
    /// Returns the estimate of a route's limit.
    func estimate(of route: Route) -> AdaptiveLimiter.Estimate {
        services[route.host]!.limiter.estimate(of: route)
    }

    /// Returns the estimate of the limit of all routes of a service together.
    func estimate(of host: APIHost) -> AdaptiveLimiter.Estimate { services[host]!.limiter.estimate }

    /// Returns true if a refusal keeps a route closed.
    func isClosed(_ route: Route, at now: ContinuousClock.Instant) -> Bool {
        services[route.host]!.limiter.isClosed(route, at: now)
    }

    /// Returns true if a refusal keeps all routes of a service closed.
    func isClosed(_ host: APIHost, at now: ContinuousClock.Instant) -> Bool {
        services[host]!.limiter.isClosed(at: now)
    }

    /// Returns why a service gets no requests; `nil` while it gets some.
    func failure(of host: APIHost, at now: ContinuousClock.Instant) -> String? {
        let service = services[host]!
        return service.breaker.state(at: now) == .closed ? nil : service.failure
    }
}
