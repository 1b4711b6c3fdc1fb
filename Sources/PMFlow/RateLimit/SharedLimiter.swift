/// A ``AdaptiveLimiter`` that other processes on this machine may use too: however many they are, they send together what
/// one of them might, close the gate for all, and send one probe.
///
/// Without a file it is this process's own.
package struct SharedLimiter: Sendable {
    private var copy: LimiterFile.Copy
    private let file: LimiterFile?

    /// - Parameters:
    ///   - published: What the service says it allows in a window.
    ///   - file: Where the others keep theirs.
    ///   - seed: For jitter; better not the same in any two.
    package init(
        published: Int? = nil, in file: LimiterFile? = nil, seed: UInt64 = 0, at now: ContinuousClock.Instant
    ) {
        let origin = file == nil ? now : ContinuousClock().systemEpoch
        copy = LimiterFile.Copy(AdaptiveLimiter(published: published, seed: seed, at: origin))
        self.file = file
    }

    /// Lets a request go, if it may go now.
    package mutating func admit(at now: ContinuousClock.Instant) -> AdaptiveLimiter.Permit? {
        update(at: now) { $0.admit(at: now) }
    }

    /// A request has ended.
    package mutating func settle(
        _ pass: AdaptiveLimiter.Permit, _ outcome: AdaptiveLimiter.Outcome, told: RateLimitHint? = nil,
        at now: ContinuousClock.Instant
    ) {
        update(at: now) { $0.settle(pass, outcome, told: told, at: now) }
    }

    /// How long until a request may go: zero when it may go now, `nil` when only an answer can bring that about.
    ///
    /// An answer that another process waits for may be that one, so it is asked again soon.
    package mutating func wait(at now: ContinuousClock.Instant) -> Duration? {
        guard let file else { return copy.ledger.wait(at: now) }
        file.bringUpToDate(&copy, at: now)
        return copy.ledger.wait(at: now) ?? .milliseconds(50)
    }

    /// Whether a refusal keeps the gate closed, as far as this process knows.
    package func isClosed(at now: ContinuousClock.Instant) -> Bool { copy.ledger.isClosed(at: now) }

    package var memory: AdaptiveLimiter.Memory { copy.ledger.memory }

    private mutating func update<Result>(
        at now: ContinuousClock.Instant, _ body: (inout AdaptiveLimiter) -> Result
    ) -> Result {
        guard let file else { return body(&copy.ledger) }
        return file.update(&copy, at: now, body)
    }
}
