import PMFlow
import Testing

struct BackoffTests {
    @Test func doublesUpToTheLongestPauseAndStartsAgainAfterAReset() {
        var backoff = Backoff(from: .seconds(1), to: .seconds(10), using: Constant(.max))
        #expect((0..<6).map { _ in backoff.next() } == [1, 2, 4, 8, 10, 10].map { .seconds($0) })
        #expect(backoff.failures == 6)
        backoff.reset()
        #expect(backoff.failures == 0)
        #expect(backoff.next() == .seconds(1))
    }

    @Test func jitterCoversTheWholeRange() {
        var backoff = Backoff(from: .milliseconds(500), to: .seconds(30), using: SplitMix64(seed: 7))
        for _ in 0..<100 { _ = backoff.next() }
        let waits = (0..<1000).map { _ in backoff.next() }
        #expect(waits.allSatisfy { .zero <= $0 && $0 <= .seconds(30) })
        #expect(waits.contains { $0 < .seconds(1) } && waits.contains { $0 > .seconds(29) })
    }
}

struct SplitMix64Tests {
    /// The first numbers of seed 1234567 in the reference implementation.
    @Test func matchesTheReferenceSequence() {
        var random = SplitMix64(seed: 1_234_567)
        #expect(
            (0..<3).map { _ in random.next() } == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            ])
    }
}

struct WindowLimiterTests {
    let start = ContinuousClock.now

    @Test func admitsTheQuotaInAnyWindow() {
        var limiter = WindowLimiter(quota: 2, window: .seconds(10))
        #expect(limiter.admit(at: start) == nil)
        #expect(limiter.admit(at: start + .seconds(4)) == nil)
        #expect(limiter.admit(at: start + .seconds(5)) == .seconds(5))
        #expect(limiter.admit(at: start + .milliseconds(9_999)) == .milliseconds(1))
        #expect(limiter.admit(at: start + .seconds(10)) == nil)
        #expect(limiter.admit(at: start + .seconds(10)) == .seconds(4))
        #expect(limiter.admit(at: start + .seconds(14)) == nil)
    }

    /// No window ever holds more requests than the quota, whenever they are attempted.
    @Test(arguments: 1...10)
    func neverExceedsTheQuota(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var limiter = WindowLimiter(quota: 7, window: .seconds(1))
        var (now, admitted) = (start, [ContinuousClock.Instant]())
        for _ in 0..<3000 {
            now = now + .milliseconds(Int.random(in: 0...100, using: &random))
            guard let wait = limiter.admit(at: now) else {
                admitted.append(now)
                continue
            }
            #expect(wait > .zero && wait <= .seconds(1))
        }
        for (early, late) in zip(admitted, admitted.dropFirst(7)) {
            #expect(early.duration(to: late) >= .seconds(1), "seed \(seed)")
        }
    }

    @Test(
        arguments: [
            (nil, 1, .milliseconds(500)), (nil, 2, .seconds(1)), (nil, 4, .seconds(4)), (nil, 5, .seconds(5)),
            (nil, 50, .seconds(5)), (.seconds(2), 1, .milliseconds(2250)),
            (.seconds(2), 9, .milliseconds(2250)),
            (.seconds(86_400), 1, .seconds(300)), (.zero, 1, .milliseconds(250)),
        ] as [(Duration?, Int, Duration)])
    func aRefusalClosesIt(_ retryAfter: Duration?, times: Int, for pause: Duration) {
        var limiter = WindowLimiter(quota: 10)
        var now = start
        for _ in 0..<times {
            now = now + .seconds(1000)
            limiter.refused(retryAfter: retryAfter, at: now)
        }
        #expect(limiter.admit(at: now) == pause)
        #expect(limiter.admit(at: now + pause) == nil)
    }

    @Test func successResetsThePauseAndALaterRefusalNeverShortensIt() {
        var limiter = WindowLimiter(quota: 10)
        limiter.refused(retryAfter: .seconds(60), at: start)
        limiter.refused(retryAfter: .zero, at: start + .seconds(1))
        #expect(limiter.admit(at: start + .seconds(1)) == .milliseconds(59_250))
        limiter.succeeded()
        limiter.refused(retryAfter: nil, at: start + .seconds(100))
        #expect(limiter.admit(at: start + .seconds(100)) == .milliseconds(500))
    }
}

private struct Constant: RandomNumberGenerator {
    let number: UInt64

    init(_ number: UInt64) { self.number = number }

    mutating func next() -> UInt64 { number }
}
