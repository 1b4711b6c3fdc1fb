/// Two levels of limiters: one for each route of a host, and one above them that all its requests must pass too.
///
/// Services count the requests of several routes together, by one published allowance or by a hidden one. A refusal
/// therefore teaches both levels: the route's limiter, and the host's, which then stops the requests of all routes and
/// reopens with one probe.
package struct HostLimiter<Route: Hashable & Sendable>: Sendable {
    /// One admitted request. Settle each exactly once.
    package struct Permit: Sendable {
        fileprivate let route: Route
        fileprivate let ofRoute: AdaptiveLimiter.Permit
        fileprivate let ofHost: AdaptiveLimiter.Permit
    }

    private var host: SharedLimiter
    private var routes: [Route: SharedLimiter]

    /// - Parameters:
    ///   - host: The limiter of all routes together.
    ///   - routes: The limiter of each route.
    package init(host: SharedLimiter, routes: [Route: SharedLimiter]) {
        self.host = host
        self.routes = routes
    }

    /// Returns the time until a request of a route may go: zero when it may go now, `nil` when only an answer can permit
    /// it.
    package mutating func wait(for route: Route, at now: ContinuousClock.Instant) -> Duration? {
        guard let ofRoute = routes[route]!.wait(at: now), let ofHost = host.wait(at: now) else { return nil }
        return max(ofRoute, ofHost)
    }

    /// Admits a request of a route, if both levels permit it now.
    package mutating func admit(_ route: Route, at now: ContinuousClock.Instant) -> Permit? {
        // The second admission must not fail after the first: a permit that is not used would count as a request.
        guard host.wait(at: now) == .zero, let ofRoute = routes[route]!.admit(at: now) else { return nil }
        guard let ofHost = host.admit(at: now) else {
            // Another process was faster.
            routes[route]!.settle(ofRoute, .inconclusive, at: now)
            return nil
        }
        return Permit(route: route, ofRoute: ofRoute, ofHost: ofHost)
    }

    /// Records how a request ended.
    ///
    /// - Parameter hint: The limit that the answer states, if any: it is that of the route.
    package mutating func settle(
        _ permit: Permit, _ outcome: RequestOutcome, hint: RateLimitHint? = nil,
        at now: ContinuousClock.Instant
    ) {
        routes[permit.route]!.settle(permit.ofRoute, outcome, hint: hint, at: now)
        host.settle(permit.ofHost, outcome, at: now)
    }

    /// Returns true if a refusal keeps a route closed, as far as this process knows.
    package func isClosed(_ route: Route, at now: ContinuousClock.Instant) -> Bool {
        routes[route]!.isClosed(at: now) || host.isClosed(at: now)
    }

    /// Returns true if a refusal keeps all routes closed, as far as this process knows.
    package func isClosed(at now: ContinuousClock.Instant) -> Bool { host.isClosed(at: now) }

    /// The estimate of the limit of all routes together.
    package var estimate: AdaptiveLimiter.Estimate { host.estimate }

    /// Returns the estimate of a route's own limit.
    package func estimate(of route: Route) -> AdaptiveLimiter.Estimate { routes[route]!.estimate }
}
