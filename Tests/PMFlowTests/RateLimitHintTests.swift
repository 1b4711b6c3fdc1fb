import PMFlow
import Testing

/// What a service says of its limit ahead of any refusal.
struct RateLimitHintTests {
    private let start = ContinuousClock.now

    @Test func noMoreIsAskedThanIsLeft() {
        var ledger = AdaptiveLimiter.warm(quota: 50, at: start)
        let first = ledger.admit(at: start)!
        ledger.settle(first, .served, told: RateLimitHint(remaining: 2, reset: .seconds(3)), at: start)
        #expect((1...10).count { _ in ledger.admit(at: start + .seconds(1)) != nil } == 2)
        #expect(ledger.wait(at: start + .seconds(1)) == .seconds(2))
        #expect(ledger.admit(at: start + .seconds(3)) != nil)
        #expect(!ledger.isClosed(at: start + .seconds(1)))
    }

    @Test func whatIsUnderWayCountsAsTaken() {
        var ledger = AdaptiveLimiter.warm(quota: 50, at: start)
        let first = ledger.admit(at: start)!
        for _ in 1...3 { _ = ledger.admit(at: start + .milliseconds(1))! }
        ledger.settle(
            first, .served, told: RateLimitHint(remaining: 4, reset: .seconds(3)),
            at: start + .milliseconds(50))
        #expect((1...10).count { _ in ledger.admit(at: start + .milliseconds(50)) != nil } == 1)
    }

    @Test func anAbsurdTimeIsNotBelieved() {
        var ledger = AdaptiveLimiter(at: start)
        let first = ledger.admit(at: start)!
        ledger.settle(first, .served, told: RateLimitHint(remaining: 0, reset: .seconds(86_400)), at: start)
        #expect(ledger.admit(at: start + .seconds(299)) == nil)
        #expect(ledger.admit(at: start + .seconds(301)) != nil)
    }

    @Test func aQuotaThatIsToldIsWhereCautionBegins() {
        var ledger = AdaptiveLimiter(published: 1000, at: start)
        let first = ledger.admit(at: start)!
        ledger.settle(first, .served, told: RateLimitHint(quota: 900, window: .seconds(60)), at: start)
        #expect(ledger.memory == AdaptiveLimiter.Memory(quota: 150, limit: 150))
    }
}

extension AdaptiveLimiter {
    /// One that has been served for a while, and that long ago: nothing but the quota holds it back.
    fileprivate static func warm(quota: Int, at now: ContinuousClock.Instant) -> AdaptiveLimiter {
        let start = now - .seconds(60)
        var ledger = AdaptiveLimiter(published: quota, at: start)
        for _ in 1...32 {
            let pass = ledger.admit(at: start)!
            ledger.settle(pass, .served, at: start)
        }
        return ledger
    }
}
