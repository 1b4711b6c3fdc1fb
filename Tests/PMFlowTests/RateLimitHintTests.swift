import PMFlow
import Testing

/// Limits that a service states in its answers, before it refuses anything.
struct RateLimitHintTests {
    private let start = ContinuousClock.now

    @Test func noMoreIsSentThanRemains() {
        var limiter = AdaptiveLimiter.warm(quota: 50, at: start)
        let first = limiter.admit(at: start)!
        limiter.settle(first, .served, hint: RateLimitHint(remaining: 2, reset: .seconds(3)), at: start)
        #expect((1...10).count { _ in limiter.admit(at: start + .seconds(1)) != nil } == 2)
        #expect(limiter.wait(at: start + .seconds(1)) == .seconds(2))
        #expect(limiter.admit(at: start + .seconds(3)) != nil)
        #expect(!limiter.isClosed(at: start + .seconds(1)))
    }

    @Test func requestsInFlightCountAsUsed() {
        var limiter = AdaptiveLimiter.warm(quota: 50, at: start)
        let first = limiter.admit(at: start)!
        for _ in 1...3 { _ = limiter.admit(at: start + .milliseconds(1))! }
        limiter.settle(
            first, .served, hint: RateLimitHint(remaining: 4, reset: .seconds(3)),
            at: start + .milliseconds(50))
        #expect((1...10).count { _ in limiter.admit(at: start + .milliseconds(50)) != nil } == 1)
    }

    @Test func theResetTimeIsCappedAtFiveMinutes() {
        var limiter = AdaptiveLimiter(at: start)
        let first = limiter.admit(at: start)!
        limiter.settle(first, .served, hint: RateLimitHint(remaining: 0, reset: .seconds(86_400)), at: start)
        #expect(limiter.admit(at: start + .seconds(299)) == nil)
        #expect(limiter.admit(at: start + .seconds(301)) != nil)
    }

    @Test func aStatedQuotaLowersTheQuotaAndBecomesTheLimit() {
        var limiter = AdaptiveLimiter(published: 1000, at: start)
        let first = limiter.admit(at: start)!
        limiter.settle(first, .served, hint: RateLimitHint(quota: 900, window: .seconds(60)), at: start)
        #expect(limiter.estimate == AdaptiveLimiter.Estimate(quota: 150, limit: 150))
    }
}

extension AdaptiveLimiter {
    /// Returns a limiter that was served a while ago, so that only the quota restricts it.
    fileprivate static func warm(quota: Int, at now: ContinuousClock.Instant) -> AdaptiveLimiter {
        let start = now - .seconds(60)
        var limiter = AdaptiveLimiter(published: quota, at: start)
        for _ in 1...32 {
            let permit = limiter.admit(at: start)!
            limiter.settle(permit, .served, at: start)
        }
        return limiter
    }
}
