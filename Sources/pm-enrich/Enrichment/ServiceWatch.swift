import PolymarketAPI

/// Which services are away, so that it is said once when one goes and once when it is back.
package struct ServiceWatch: Sendable {
    package enum Change: Equatable, Sendable {
        case away(reason: String)
        case back(afterSeconds: Int)
    }

    private var away: [APIHost: ContinuousClock.Instant] = [:]

    package init() {}

    /// - Parameter failure: Why the service is left alone; `nil` when it is asked.
    package mutating func note(_ host: APIHost, failure: String?, at now: Moment) -> Change? {
        switch (failure, away[host]) {
        case (let reason?, nil):
            away[host] = now.instant
            return .away(reason: reason)
        case (nil, let since?):
            away[host] = nil
            return .back(afterSeconds: Int(since.duration(to: now.instant) / .seconds(1)))
        case (_?, _?), (nil, nil): return nil
        }
    }
}
