/// A rate limiter that learns an unknown limit from the requests that a service serves and refuses.
///
/// It assumes that the service admits a certain number of requests in any window of time. ``LearnedQuota`` estimates
/// that number and spaces requests where the service limits bursts. ``RequestGate`` stops all requests after a refusal,
/// then sends one probe, and only after its success the rest. A request goes when both permit it.
///
/// A value without a clock: it decides and never waits. `docs/RATE-LIMITS.md` explains the algorithm.
package struct AdaptiveLimiter: Sendable {
    /// The learned quota and limit.
    package struct Estimate: Sendable, Equatable {
        /// Requests in any window that are known to be served.
        package var quota: Double
        /// Requests in a window at the last refusal, or the published limit; `nil` when disproved or never known.
        package var limit: Int?

        package init(quota: Double, limit: Int?) {
            self.quota = quota
            self.limit = limit
        }
    }

    /// One admitted request. Settle each exactly once: a permit that is never settled, because its process died, counts
    /// as lost after 15 seconds.
    package struct Permit: Sendable {
        var number: Int
        var sent: Double
        /// True if the request is a trial: one more than the learned quota, sent to find out whether the service admits
        /// more.
        var isTrial: Bool
        /// True if it is a trial that was sent alone, some time after the requests before it.
        var isLate: Bool
        /// True if it is the one request that tests a closed gate.
        var isProbe: Bool
    }

    /// The longest time that the gate stays closed at a service's request.
    package static let longestClosure = Duration.seconds(300)
    /// A quota that is never used up.
    package static let unbounded = 1_000_000
    /// A request that times out sooner than this, in seconds, was refused, not held back.
    private static let shortestHold = 1.0

    private var quota: LearnedQuota
    private var gate: RequestGate
    /// Seconds since ``origin``.
    private var now = 0.0
    private let origin: ContinuousClock.Instant
    private let window: Double

    /// - Parameters:
    ///   - published: The published limit in a window: the first quota, and the number near which trials are careful; not
    ///     an upper bound.
    ///   - concurrency: The most requests in flight.
    ///   - seed: Determines the jitter of pauses.
    ///   - origin: The instant from which the limiter counts time; the same in all limiters that share a file.
    package init(
        published: Int? = nil, window: Duration = .seconds(10), concurrency: Int = 32,
        seed: UInt64 = 0, at origin: ContinuousClock.Instant
    ) {
        precondition(concurrency > 0)
        self.origin = origin
        self.window = window.seconds
        quota = LearnedQuota(published: published, window: window.seconds, concurrency: concurrency)
        gate = RequestGate(
            window: window.seconds, concurrency: concurrency, isRamping: published != nil, seed: seed)
    }

    package var estimate: Estimate { quota.estimate }

    /// Returns true if a refusal keeps the gate closed.
    package func isClosed(at instant: ContinuousClock.Instant) -> Bool { gate.isClosed(at: time(instant)) }

    /// Returns the time until a request may be sent: zero if it may be sent now, `nil` if that depends on the answer
    /// to a request in flight.
    package mutating func wait(at instant: ContinuousClock.Instant) -> Duration? {
        advance(to: instant)
        switch admission() {
        case .now: return .zero
        case .at(let time): return .seconds(max(0, time - now))
        case .afterAnAnswer: return nil
        }
    }

    /// Admits a request, if one may go now.
    package mutating func admit(at instant: ContinuousClock.Instant) -> Permit? {
        advance(to: instant)
        guard case .now(let isTrial) = admission() else { return nil }
        let isLate = quota.recordSending(isTrial: isTrial, at: now)
        return gate.admit(isTrial: isTrial, isLate: isLate, at: now)
    }

    /// Records how a request ended.
    ///
    /// - Parameter hint: The limit that the answer states, if any.
    package mutating func settle(
        _ permit: Permit, _ outcome: RequestOutcome, hint: RateLimitHint? = nil,
        at instant: ContinuousClock.Instant
    ) {
        advance(to: instant)
        guard gate.remove(permit) else { return }
        if let hint { heed(hint, in: permit) }
        switch outcome {
        case .served:
            if let closure = gate.recordSuccess(of: permit, mayRamp: !quota.isInDoubt, at: now) {
                quota.recordReopening(from: closure, probe: permit)
            }
            quota.recordSuccess(of: permit, at: now)
        case .refused(let retryAfter):
            recordRefusal(of: permit, retryAfter: retryAfter?.seconds)
        case .timedOut(let retryAfter):
            guard now - permit.sent >= Self.shortestHold else {
                return recordRefusal(of: permit, retryAfter: retryAfter?.seconds)
            }
            gate.recordTimeout(of: permit, retryAfter: retryAfter?.seconds, at: now)
            quota.recordTimeout(of: permit, at: now)
        case .inconclusive:
            gate.recordLoss(of: permit, at: now)
        }
    }

    private mutating func recordRefusal(of permit: Permit, retryAfter: Double?) {
        let isFirst = gate.recordRefusal(of: permit, retryAfter: retryAfter, at: now)
        quota.recordRefusal(of: permit, isFirstOfEpisode: isFirst, at: now)
    }

    private mutating func heed(_ hint: RateLimitHint, in permit: Permit) {
        if let requests = hint.quota, let window = hint.window?.seconds, window > 0, requests > 0 {
            quota.restrict(to: max(1, min(1e6, Double(requests) * self.window / window)))
        }
        guard let remaining = hint.remaining, let reset = hint.reset?.seconds, reset > 0 else { return }
        // A request that was sent after this one may or may not be counted in `remaining`: assume it is not.
        let sentSince = quota.sent(after: permit.sent, through: now)
        gate.restrict(to: max(0, remaining - sentSince), until: now + min(reset, Self.longestClosure.seconds))
    }

    private func admission() -> Admission {
        gate.obstacle(at: now)
            ?? quota.admission(
                inFlight: gate.inFlight, trialsInFlight: gate.trialsInFlight, allowsTrials: !gate.isHalfOpen,
                at: now)
    }

    /// Returns the seconds since ``origin``. A clock that goes back counts as standing still.
    private func time(_ instant: ContinuousClock.Instant) -> Double {
        max(now, origin.duration(to: instant).seconds)
    }

    private mutating func advance(to instant: ContinuousClock.Instant) {
        now = time(instant)
        quota.trim(at: now)
        gate.dropLostRequests(at: now)
    }
}

// MARK: - Snapshots

extension AdaptiveLimiter {
    var snapshot: LimiterSnapshot {
        var snapshot = LimiterSnapshot()
        snapshot.now = now
        quota.save(to: &snapshot)
        gate.save(to: &snapshot)
        return snapshot
    }

    /// Continues from another limiter's state. Only its estimate is used when the snapshot is unusable otherwise: when it
    /// is incomplete, or when its times lie in the future because they count from an earlier start of the machine.
    ///
    /// - Parameters:
    ///   - isComplete: Whether every value was read.
    ///   - wasInterrupted: Whether the snapshot mixes two states because its writer died.
    mutating func restore(
        _ snapshot: LimiterSnapshot, isComplete: Bool, wasInterrupted: Bool,
        at instant: ContinuousClock.Instant
    ) {
        let now = time(instant)
        guard 1...1e6 ~= snapshot.quota else { return }
        if isComplete, !wasInterrupted, snapshot.now <= now + 1 {
            self.now = snapshot.now
            quota.restore(snapshot)
            gate.restore(snapshot)
        } else {
            quota.restore(Estimate(quota: snapshot.quota, limit: snapshot.limit))
            // The latest requests are unknown: wait until they have left the window.
            if wasInterrupted { gate.close(until: now + window) }
        }
    }
}

/// The time at which a request may go.
enum Admission {
    case now(isTrial: Bool)
    case at(Double)
    case afterAnAnswer
}

extension Duration {
    var seconds: Double { self / .seconds(1) }
}
