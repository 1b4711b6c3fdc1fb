import PolymarketAPI

/// Detects when a service becomes unavailable and when it recovers, so that each is logged once.
package struct AvailabilityTracker: Sendable {
    package enum Change: Equatable, Sendable {
        case unavailable(reason: String)
        case recovered(afterSeconds: Int)
    }

    private var unavailableSince: [APIHost: ContinuousClock.Instant] = [:]

    package init() {}

    /// Records a service's state.
    ///
    /// - Parameter failure: Why the service gets no requests; `nil` while it gets some.
    /// - Returns: The change since the last call; `nil` when there is none.
    package mutating func update(_ host: APIHost, failure: String?, at now: ClockReading) -> Change? {
        switch (failure, unavailableSince[host]) {
        case (let reason?, nil):
            unavailableSince[host] = now.instant
            return .unavailable(reason: reason)
        case (nil, let since?):
            unavailableSince[host] = nil
            return .recovered(afterSeconds: Int(since.duration(to: now.instant) / .seconds(1)))
        case (_?, _?), (nil, nil): return nil
        }
    }
}
