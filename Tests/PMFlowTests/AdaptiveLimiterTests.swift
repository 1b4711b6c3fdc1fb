import Foundation
import PMFlow
import Testing

struct AdaptiveLimiterTests {
    /// limiter/LIMITER.md demands it: hardly refused, and hardly idle, whatever the service is like.
    @Test(arguments: Scenario.all + Scenario.others)
    func isSeldomRefusedAndSeldomIdle(scenario: Scenario) {
        let seeds: ClosedRange<UInt64> = 1...4
        let results = seeds.map { seed in
            var limiter = LedgerLimiter(seed: seed)
            var simulation = LimiterSimulation(seed: seed)
            return simulation.run(
                &limiter, scenario.service(), offered: scenario.offered, patience: scenario.patience)
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

    /// Services that the table has not: a token bucket; refusals that lie; connections that break.
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func keepsItsRulesWhateverTheServiceDoes(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let manners: [SimulatedService.Manner] = [
            .sliding, .fixedWindows, .penaltyBox, .throttle, .tokenBucket,
        ]
        var service = SimulatedService(
            manners.randomElement(using: &random)!, quota: Int.random(in: 1...400, using: &random))
        let (low, high) = (Int.random(in: 1...40, using: &random), Int.random(in: 41...400, using: &random))
        let change = Double.random(in: 20...280, using: &random)
        if Bool.random(using: &random) { service.quota = { $0 < change ? high : low } }
        service.tellsRetryAfter = Bool.random(using: &random)
        service.others = Bool.random(using: &random) ? 0 : 3
        service.failures = [0, 0.02, 0.3].randomElement(using: &random)!
        if Bool.random(using: &random) {
            service.lie = { [nil, -5, 0, 0.5, 1, 86_400].randomElement(using: &$0)! }
        }
        var limiter = Watched(seed: seed)
        var simulation = LimiterSimulation(seed: seed)
        let result = simulation.run(&limiter, service)
        #expect(limiter.violations == [])
        #expect(result.served > 0)
    }

    @Test func startsFromWhatIsPublishedWithoutTakingItForTheTruth() {
        for quota in [60, 150, 300] {
            var limiter = LedgerLimiter(seed: 1, published: 135)
            var simulation = LimiterSimulation(seed: 1)
            let result = simulation.run(&limiter, SimulatedService(.sliding, quota: quota))
            #expect(result.refusedPercent < 2)
            #expect(Double(result.served) > 0.98 * Double(quota) * 30)
        }
    }

    /// As pm-enrich runs: from a published limit, few at a time, and refused no faster than served. What is left of the
    /// quota then comes evenly, so that there is no time at which a trial costs nothing.
    @Test func findsAgainWhatWasTakenAway() {
        var service = SimulatedService(.sliding, quota: 150)
        service.quota = { 100..<200 ~= $0 ? 40 : 150 }
        service.refusalDelay = 0.08
        let results = (1...8 as ClosedRange<UInt64>).map { seed in
            var limiter = LedgerLimiter(seed: seed, published: 135, concurrency: 16)
            var simulation = LimiterSimulation(seed: seed)
            return simulation.run(&limiter, service)
        }
        let served = results.map(\.served).reduce(0, +) / results.count
        let refused = results.map(\.refusedPercent).reduce(0, +) / Double(results.count)
        #expect(served >= 2890)  // 85 % of what is possible
        #expect(refused < 2)
    }

    @Test func findsTheQuota() {
        var limiter = LedgerLimiter(seed: 1)
        var simulation = LimiterSimulation(seed: 1)
        _ = simulation.run(&limiter, SimulatedService(.sliding, quota: 150))
        #expect(limiter.ledger.memory.quota == 150)
    }

    @Test func asksForNothingBeforeTheTimeItWasGiven() {
        let start = ContinuousClock.now
        var ledger = AdaptiveLimiter(published: 10, at: start)
        for _ in 1...5 {
            let served = ledger.admit(at: start)!
            ledger.settle(served, .served, at: start)
        }
        let pass = ledger.admit(at: start)!
        ledger.settle(pass, .refused(retryAfter: .seconds(20)), at: start)
        #expect(ledger.admit(at: start + .seconds(20)) == nil)
        #expect(ledger.isClosed(at: start + .seconds(20)))
        let probe = ledger.admit(at: start + .seconds(21))!
        #expect(ledger.admit(at: start + .seconds(22)) == nil)  // one probe, and no other
        #expect(ledger.wait(at: start + .seconds(22)) == nil)
        ledger.settle(probe, .served, at: start + .seconds(23))
        #expect(!ledger.isClosed(at: start + .seconds(23)))
        #expect(ledger.admit(at: start + .seconds(23)) != nil)
    }

    @Test func whatWasUnderWayMayAskForMorePatience() {
        let start = ContinuousClock.now
        var ledger = AdaptiveLimiter(at: start)
        let passes = [ledger.admit(at: start)!, ledger.admit(at: start)!]
        ledger.settle(passes[0], .refused(retryAfter: nil), at: start)
        ledger.settle(passes[1], .refused(retryAfter: .seconds(60)), at: start)
        #expect(ledger.admit(at: start + .seconds(60)) == nil)
        #expect(ledger.admit(at: start + .seconds(61)) != nil)
    }

    @Test func aRequestThatWasHeldTooLongMayBeToldToStayAway() {
        let start = ContinuousClock.now
        var ledger = AdaptiveLimiter(published: 100, at: start)
        ledger.settle(
            ledger.admit(at: start)!, .heldTooLong(retryAfter: .seconds(20)), at: start + .seconds(6))
        #expect(ledger.admit(at: start + .seconds(26)) == nil)
        #expect(ledger.admit(at: start + .seconds(27)) != nil)
        #expect(ledger.memory.quota == 100)  // one of one says nothing of a hundred
    }

    /// Neither one that is sent back at once nor one that is held is asked again without end.
    @Test(arguments: [(Duration.zero, 10), (.milliseconds(900), 10), (.seconds(1), 80), (.seconds(4), 20)])
    func aServiceThatHoldsEverythingIsAskedSeldom(hold: Duration, most: Int) {
        let start = ContinuousClock.now
        var ledger = AdaptiveLimiter(published: 80, concurrency: 16, at: start)
        var (now, sent) = (start, 0)
        var underWay: [(AdaptiveLimiter.Permit, ContinuousClock.Instant)] = []
        while now < start + .seconds(10) {
            while let first = underWay.first, first.1 <= now {
                ledger.settle(underWay.removeFirst().0, .heldTooLong(), at: now)
            }
            while sent < 1000, let pass = ledger.admit(at: now) {
                underWay.append((pass, now + hold))
                sent += 1
                if hold == .zero { ledger.settle(underWay.removeFirst().0, .heldTooLong(), at: now) }
            }
            now += .milliseconds(10)
        }
        #expect(1...most ~= sent)
    }

    @Test func aServiceThatRefusedEverythingIsAskedAsBefore() {
        let start = ContinuousClock.now
        var ledger = AdaptiveLimiter(published: 100, at: start)
        var now = start
        while now < start + .seconds(20) {
            if let pass = ledger.admit(at: now) { ledger.settle(pass, .refused(retryAfter: nil), at: now) }
            now += .milliseconds(100)
        }
        var served = 0
        while now < start + .seconds(40) {
            while let pass = ledger.admit(at: now) {
                ledger.settle(pass, .served, at: now)
                served += 1
            }
            now += .milliseconds(100)
        }
        #expect(served >= 100)
    }

    /// Once it is believed that the refusal is not for their number, and no more.
    @Test func aLimitFarBelowThePublishedOneIsFound() {
        var limiter = LedgerLimiter(seed: 1, published: 135)
        var simulation = LimiterSimulation(seed: 1)
        let result = simulation.run(&limiter, SimulatedService(.sliding, quota: 6))
        #expect(result.refused < 12)
        #expect(Double(result.served) > 0.8 * 6 * 30)
    }

    /// The cut leaves a small quota whole: a sixth less is what it would cost for good.
    @Test func aPenaltyBoxFarBelowThePublishedLimitIsUsedUp() {
        var limiter = LedgerLimiter(seed: 1, published: 135)
        var simulation = LimiterSimulation(seed: 1)
        let service = SimulatedService(.penaltyBox, quota: 6, tellsRetryAfter: true)
        let result = simulation.run(&limiter, service)
        #expect(result.served >= 6 * 29)
        #expect(result.refusedPercent < 7)
    }

    @Test func believesNoAbsurdPause() {
        let start = ContinuousClock.now
        var ledger = AdaptiveLimiter(at: start)
        let pass = ledger.admit(at: start)!
        ledger.settle(pass, .refused(retryAfter: .seconds(1_000_000)), at: start)
        #expect(ledger.admit(at: start + .seconds(301)) != nil)
    }

    @Test func aClockThatGoesBackStandsStill() {
        let start = ContinuousClock.now
        var ledger = AdaptiveLimiter(at: start)
        let pass = ledger.admit(at: start + .seconds(5))!
        ledger.settle(pass, .served, at: start - .seconds(100))
        #expect(ledger.admit(at: start - .seconds(50)) != nil)
        #expect(ledger.inFlight == 1)
    }
}

/// The ledger, watched from outside: the rules are written down here once more.
private struct Watched: Limiter {
    private var inner: LedgerLimiter
    private var closedUntil = -1.0
    private var probe: Int?
    private var isHalfOpen = false
    private(set) var violations: [String] = []

    init(seed: UInt64) {
        inner = LedgerLimiter(seed: seed)
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

    mutating func settle(_ request: SimulatedRequest, _ verdict: SimulatedService.Verdict, at time: Double) {
        if verdict.status == 429 {
            let asked = verdict.retryAfter.map { min(max(0, $0), 300) } ?? 0
            closedUntil = max(closedUntil, time + asked)
            isHalfOpen = true
        }
        if request.number == probe {
            probe = nil
            if verdict.status == 200 { isHalfOpen = false }
        }
        inner.settle(request, verdict, at: time)
    }
}
