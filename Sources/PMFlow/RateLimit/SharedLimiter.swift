/// An ``AdaptiveLimiter`` that several processes on this machine may share through a file.
///
/// Together they send what one of them might, a refusal closes the gate for all, and one of them sends the probe.
/// Without a file, the limiter is this process's own.
package struct SharedLimiter: Sendable {
    private var copy: LimiterFile.Copy
    private let file: LimiterFile?

    /// - Parameters:
    ///   - published: The service's published limit in a window.
    ///   - seed: Determines the jitter of pauses; should differ between limiters.
    package init(
        published: Int? = nil, in file: LimiterFile? = nil, seed: UInt64 = 0, at now: ContinuousClock.Instant
    ) {
        // Processes count time from the same instant, so that they can exchange it.
        let origin = file == nil ? now : ContinuousClock().systemEpoch
        copy = LimiterFile.Copy(AdaptiveLimiter(published: published, seed: seed, at: origin))
        self.file = file
    }

    /// Admits a request, if one may go now.
    package mutating func admit(at now: ContinuousClock.Instant) -> AdaptiveLimiter.Permit? {
        update(at: now) { $0.admit(at: now) }
    }

    /// Records how a request ended.
    package mutating func settle(
        _ permit: AdaptiveLimiter.Permit, _ outcome: RequestOutcome, hint: RateLimitHint? = nil,
        at now: ContinuousClock.Instant
    ) {
        update(at: now) { $0.settle(permit, outcome, hint: hint, at: now) }
    }

    /// Returns the time until a request may go: zero when it may go now, `nil` when only an answer can permit it.
    ///
    /// With a file, the answer may come to another process, so ask again after 50 ms instead of `nil`.
    package mutating func wait(at now: ContinuousClock.Instant) -> Duration? {
        guard let file else { return copy.limiter.wait(at: now) }
        file.read(into: &copy, at: now)
        return copy.limiter.wait(at: now) ?? .milliseconds(50)
    }

    /// Returns true if a refusal keeps the gate closed, as far as this process knows.
    package func isClosed(at now: ContinuousClock.Instant) -> Bool { copy.limiter.isClosed(at: now) }

    package var estimate: AdaptiveLimiter.Estimate { copy.limiter.estimate }

    private mutating func update<Result>(
        at now: ContinuousClock.Instant, _ body: (inout AdaptiveLimiter) -> Result
    ) -> Result {
        guard let file else { return body(&copy.limiter) }
        return file.update(&copy, at: now, body)
    }
}
