import Foundation
import PMFlow
import Testing

struct AdaptiveLimiterTests {
    /// The requirement of docs/RATE-LIMITS.md: few refusals and little idle time, whatever the service's policy is.
    @Test(arguments: Scenario.all + Scenario.more)
    func keepsRefusalsAndIdleTimeLow(scenario: Scenario) {
        let seeds: ClosedRange<UInt64> = 1...4
        let results = seeds.map { seed in
            var limiter = LearningLimiter(seed: seed)
            var simulation = LimiterSimulation(seed: seed)
            return simulation.run(
                &limiter, scenario.service(), offered: scenario.offered, timeout: scenario.timeout)
        }
        func mean(_ figure: (LimiterResult) -> Double) -> Double {
            results.map(figure).reduce(0, +) / Double(results.count)
        }
        #expect(mean(\.refusedPercent) < scenario.mostRefused)
        if let possible = scenario.possible {
            #expect(100 * mean { Double($0.served) } / Double(possible) >= scenario.leastUtilisation)
        } else {
            #expect(mean { $0.wait(percentile: 50) } < scenario.mostWait.half)
            #expect(mean { $0.wait(percentile: 95) } < scenario.mostWait.late)
            #expect(results.allSatisfy { $0.left < 20 })
        }
    }

    /// Random services: token buckets, false Retry-After headers, broken connections, changing quotas.
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func neverSendsWhileClosedAndProbesOnce(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let policies: [SimulatedService.Policy] = [
            .sliding, .fixedWindows, .penaltyBox, .throttle, .tokenBucket,
        ]
        var service = SimulatedService(
            policies.randomElement(using: &random)!, quota: Int.random(in: 1...400, using: &random))
        let (low, high) = (Int.random(in: 1...40, using: &random), Int.random(in: 41...400, using: &random))
        let change = Double.random(in: 20...280, using: &random)
        if Bool.random(using: &random) { service.quota = { $0 < change ? high : low } }
        service.sendsRetryAfter = Bool.random(using: &random)
        service.others = Bool.random(using: &random) ? 0 : 3
        service.failures = [0, 0.02, 0.3].randomElement(using: &random)!
        if Bool.random(using: &random) {
            service.falseRetryAfter = { [nil, -5, 0, 0.5, 1, 86_400].randomElement(using: &$0)! }
        }
        var limiter = RuleChecker(seed: seed)
        var simulation = LimiterSimulation(seed: seed)
        let result = simulation.run(&limiter, service)
        #expect(limiter.violations == [])
        #expect(result.served > 0)
    }

    @Test func thePublishedLimitIsOnlyTheStart() {
        for quota in [60, 150, 300] {
            var limiter = LearningLimiter(seed: 1, published: 135)
            var simulation = LimiterSimulation(seed: 1)
            let result = simulation.run(&limiter, SimulatedService(.sliding, quota: quota))
            #expect(result.refusedPercent < 2)
            #expect(Double(result.served) > 0.98 * Double(quota) * 30)
        }
    }

    /// As pm-enrich runs: a published limit, few requests in flight, and refusals as slow as answers. The quota then frees
    /// up evenly, so that there is no time at which a trial costs nothing.
    @Test func recoversAQuotaThatWasReducedForAWhile() {
        var service = SimulatedService(.sliding, quota: 150)
        service.quota = { 100..<200 ~= $0 ? 40 : 150 }
        service.refusalDelay = 0.08
        let results = (1...8 as ClosedRange<UInt64>).map { seed in
            var limiter = LearningLimiter(seed: seed, published: 135, concurrency: 16)
            var simulation = LimiterSimulation(seed: seed)
            return simulation.run(&limiter, service)
        }
        let served = results.map(\.served).reduce(0, +) / results.count
        let refused = results.map(\.refusedPercent).reduce(0, +) / Double(results.count)
        #expect(served >= 2890)  // 85 % of the possible
        #expect(refused < 2)
    }

    @Test func findsTheQuota() {
        var limiter = LearningLimiter(seed: 1)
        var simulation = LimiterSimulation(seed: 1)
        _ = simulation.run(&limiter, SimulatedService(.sliding, quota: 150))
        #expect(limiter.limiter.estimate.quota == 150)
    }

    @Test func sendsNothingBeforeRetryAfterAndThenOneProbe() {
        let start = ContinuousClock.now
        var limiter = AdaptiveLimiter(published: 10, at: start)
        for _ in 1...5 {
            let served = limiter.admit(at: start)!
            limiter.settle(served, .served, at: start)
        }
        let permit = limiter.admit(at: start)!
        limiter.settle(permit, .refused(retryAfter: .seconds(20)), at: start)
        #expect(limiter.admit(at: start + .seconds(20)) == nil)
        #expect(limiter.isClosed(at: start + .seconds(20)))
        let probe = limiter.admit(at: start + .seconds(21))!
        #expect(limiter.admit(at: start + .seconds(22)) == nil)  // one probe, and no other
        #expect(limiter.wait(at: start + .seconds(22)) == nil)
        limiter.settle(probe, .served, at: start + .seconds(23))
        #expect(!limiter.isClosed(at: start + .seconds(23)))
        #expect(limiter.admit(at: start + .seconds(23)) != nil)
    }

    @Test func aRefusalOfARequestInFlightExtendsTheClosure() {
        let start = ContinuousClock.now
        var limiter = AdaptiveLimiter(at: start)
        let permits = [limiter.admit(at: start)!, limiter.admit(at: start)!]
        limiter.settle(permits[0], .refused(retryAfter: nil), at: start)
        limiter.settle(permits[1], .refused(retryAfter: .seconds(60)), at: start)
        #expect(limiter.admit(at: start + .seconds(60)) == nil)
        #expect(limiter.admit(at: start + .seconds(61)) != nil)
    }

    @Test func aTimeoutWithRetryAfterClosesTheGate() {
        let start = ContinuousClock.now
        var limiter = AdaptiveLimiter(published: 100, at: start)
        limiter.settle(
            limiter.admit(at: start)!, .timedOut(retryAfter: .seconds(20)), at: start + .seconds(6))
        #expect(limiter.admit(at: start + .seconds(26)) == nil)
        #expect(limiter.admit(at: start + .seconds(27)) != nil)
        #expect(limiter.estimate.quota == 100)  // One request of one says nothing about a hundred.
    }

    /// Neither immediate nor slow 408 answers cause endless retries.
    @Test(arguments: [(Duration.zero, 10), (.milliseconds(900), 10), (.seconds(1), 80), (.seconds(4), 20)])
    func aServiceThatTimesOutOnEverythingGetsFewRequests(hold: Duration, most: Int) {
        let start = ContinuousClock.now
        var limiter = AdaptiveLimiter(published: 80, concurrency: 16, at: start)
        var (now, sent) = (start, 0)
        var inFlight: [(AdaptiveLimiter.Permit, ContinuousClock.Instant)] = []
        while now < start + .seconds(10) {
            while let first = inFlight.first, first.1 <= now {
                limiter.settle(inFlight.removeFirst().0, .timedOut(), at: now)
            }
            while sent < 1000, let permit = limiter.admit(at: now) {
                inFlight.append((permit, now + hold))
                sent += 1
                if hold == .zero { limiter.settle(inFlight.removeFirst().0, .timedOut(), at: now) }
            }
            now += .milliseconds(10)
        }
        #expect(1...most ~= sent)
    }

    @Test func afterAnOutageOfRefusalsTheQuotaIsAsBefore() {
        let start = ContinuousClock.now
        var limiter = AdaptiveLimiter(published: 100, at: start)
        var now = start
        while now < start + .seconds(20) {
            if let permit = limiter.admit(at: now) {
                limiter.settle(permit, .refused(retryAfter: nil), at: now)
            }
            now += .milliseconds(100)
        }
        var served = 0
        while now < start + .seconds(40) {
            while let permit = limiter.admit(at: now) {
                limiter.settle(permit, .served, at: now)
                served += 1
            }
            now += .milliseconds(100)
        }
        #expect(served >= 100)
    }

    /// The first early refusal is ignored, the second is not.
    @Test func aLimitFarBelowThePublishedOneIsFound() {
        var limiter = LearningLimiter(seed: 1, published: 135)
        var simulation = LimiterSimulation(seed: 1)
        let result = simulation.run(&limiter, SimulatedService(.sliding, quota: 6))
        #expect(result.refused < 12)
        #expect(Double(result.served) > 0.8 * 6 * 30)
    }

    /// The cut is rounded, so that it does not take a sixth of a small quota for good.
    @Test func aSmallQuotaWithAPenaltyBoxIsUsedFully() {
        var limiter = LearningLimiter(seed: 1, published: 135)
        var simulation = LimiterSimulation(seed: 1)
        let service = SimulatedService(.penaltyBox, quota: 6, sendsRetryAfter: true)
        let result = simulation.run(&limiter, service)
        #expect(result.served >= 6 * 29)
        #expect(result.refusedPercent < 7)
    }

    @Test func retryAfterIsCappedAtFiveMinutes() {
        let start = ContinuousClock.now
        var limiter = AdaptiveLimiter(at: start)
        let permit = limiter.admit(at: start)!
        limiter.settle(permit, .refused(retryAfter: .seconds(1_000_000)), at: start)
        #expect(limiter.admit(at: start + .seconds(301)) != nil)
    }

    @Test func aClockThatGoesBackCountsAsStandingStill() {
        let start = ContinuousClock.now
        var limiter = AdaptiveLimiter(at: start)
        let permit = limiter.admit(at: start + .seconds(5))!
        limiter.settle(permit, .served, at: start - .seconds(100))
        #expect(limiter.admit(at: start - .seconds(50)) != nil)
    }
}

/// Checks the gate's rules from outside: nothing is sent while it is closed, and only one probe at a time.
private struct RuleChecker: Limiter {
    private var inner: LearningLimiter
    private var closedUntil = -1.0
    private var probe: Int?
    private var isHalfOpen = false
    private(set) var violations: [String] = []

    init(seed: UInt64) {
        inner = LearningLimiter(seed: seed)
    }

    mutating func wait(at time: Double, inFlight: Int) -> Double? { inner.wait(at: time, inFlight: inFlight) }

    mutating func send(_ request: SimulatedRequest) {
        let time = request.sent
        if time < closedUntil - 1e-9 { violations.append("sent at \(time), closed until \(closedUntil)") }
        if isHalfOpen {
            if probe != nil { violations.append("a second probe at \(time)") }
            probe = request.number
        }
        inner.send(request)
    }

    mutating func settle(_ request: SimulatedRequest, _ response: SimulatedService.Response, at time: Double)
    {
        if response.status == 429 {
            let asked = response.retryAfter.map { min(max(0, $0), 300) } ?? 0
            closedUntil = max(closedUntil, time + asked)
            isHalfOpen = true
        }
        if request.number == probe {
            probe = nil
            if response.status == 200 { isHalfOpen = false }
        }
        inner.settle(request, response, at: time)
    }
}
