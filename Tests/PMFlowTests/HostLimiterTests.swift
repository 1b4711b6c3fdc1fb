import PMFlow
import Testing

/// Several routes of one host that share a hidden quota.
struct HostLimiterTests {
    /// A penalty box of 150 in ten seconds for four routes together, each published as 200.
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func routesThatShareAQuotaAreRarelyRefused(seed: UInt64) {
        var service = SimulatedService(.penaltyBox, quota: 150)
        service.window = 10
        var (limiter, simulation) = (RoutesOfAHost(seed: seed), LimiterSimulation(seed: seed))
        let result = simulation.run(&limiter, service)
        #expect(result.refusedPercent < 4, "\(result.refusedPercent) % refused")
        #expect(result.served > 4500 * 80 / 100, "\(result.served) served")
    }

    @Test func aRefusalOfOneRouteClosesTheOthers() throws {
        let now = ContinuousClock.now
        var limiter = RoutesOfAHost.limiter(seed: 1, at: now)
        let first = limiter.admit(0, at: now)
        limiter.settle(try #require(first), .refused(retryAfter: .seconds(5)), at: now)
        let other = limiter.admit(1, at: now)
        #expect(limiter.isClosed(1, at: now) && other == nil)
        // One probe, of any route, and the others after its success.
        let later = now + .seconds(6)
        let probe = limiter.admit(1, at: later)
        let second = limiter.admit(2, at: later)
        #expect(second == nil)
        limiter.settle(try #require(probe), .served, at: later)
        let third = limiter.admit(2, at: later)
        #expect(third != nil)
    }
}

/// A client that sends to four routes in turn.
private struct RoutesOfAHost: Limiter {
    private var limiter: HostLimiter<Int>
    private let origin: ContinuousClock.Instant
    private var permits: [Int: HostLimiter<Int>.Permit] = [:]
    private var next = 0

    init(seed: UInt64) {
        origin = .now
        limiter = Self.limiter(seed: seed, at: origin)
    }

    static func limiter(seed: UInt64, at now: ContinuousClock.Instant) -> HostLimiter<Int> {
        let routes = (0..<4).map {
            ($0, SharedLimiter(published: 200, seed: seed * 10 + UInt64($0), at: now))
        }
        return HostLimiter(
            host: SharedLimiter(published: 800, seed: seed * 10 + 9, at: now),
            routes: Dictionary(uniqueKeysWithValues: routes))
    }

    mutating func wait(at time: Double, inFlight: Int) -> Double? {
        let waits = (0..<4).compactMap { limiter.wait(for: $0, at: instant(time)) }
        return waits.min().map { $0 / .seconds(1) }
    }

    mutating func send(_ request: SimulatedRequest) {
        for _ in 0..<4 {
            next = (next + 1) % 4
            if let permit = limiter.admit(next, at: instant(request.sent)) {
                permits[request.number] = permit
                return
            }
        }
    }

    mutating func settle(_ request: SimulatedRequest, _ response: SimulatedService.Response, at time: Double)
    {
        let outcome: RequestOutcome =
            response.status == 429 ? .refused(retryAfter: response.retryAfter.map { .seconds($0) }) : .served
        limiter.settle(permits.removeValue(forKey: request.number)!, outcome, at: instant(time))
    }

    private func instant(_ time: Double) -> ContinuousClock.Instant { origin + .seconds(time) }
}
