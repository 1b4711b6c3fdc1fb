/// How fast a service may be asked whose limit nobody knows: learned from what it admits and what it refuses.
///
/// The service is taken to admit so many requests in any stretch of time. The ledger keeps when those were sent that
/// it admitted, and lets the next go while they are fewer than the quota that has been seen to work. Whatever goes
/// beyond is a *trial*: one at a time near the last known limit, in growing numbers far from it, and only when the
/// refusals so far are few and were cheap. So a quota that grows is found within one window, one that never does costs
/// less than one request in a hundred, and a penalty box is seldom entered.
///
/// A refusal opens an *episode*: the gate is closed for as long as the service asked, or for a cool-down that was
/// learned, or for 0.5, 1, 2, 4, 5 s; then exactly one *probe* goes, and only after its success the rest, slowly at
/// first. Only an episode's first refusal says anything of the quota; refusals of what was under way and of probes
/// do not. Throttling that shows as latency counts as refusal, and makes the ledger space its requests evenly.
///
/// A value without a clock: decides, never waits. Source: limiter/LIMITER.md, of whose ledger this is the
/// successor; the trials and what they may cost are new.
package struct WindowLedger: Sendable {
    /// What is worth keeping for the next run.
    package struct Memory: Sendable, Equatable {
        /// Requests in any window that have been seen to work.
        package var quota: Double
        /// The number at which the service last refused.
        package var limit: Int?

        package init(quota: Double, limit: Int?) {
            self.quota = quota
            self.limit = limit
        }
    }

    /// One request that was let go; every one is settled exactly once.
    package struct Pass: Sendable {
        let sent: Double
        let isTrial: Bool
        let isProbe: Bool
    }

    /// How a request ended, as far as the limit is concerned.
    package enum Outcome: Sendable {
        case served
        /// - Parameter retryAfter: How long the service asked us to stay away, `nil` when it did not say.
        case refused(retryAfter: Duration?)
        /// The service held the request until it gave up: status 408.
        case heldTooLong
        /// No answer that says anything of the limit.
        case unknown
    }

    /// The longest that the gate stays closed on a service's word.
    package static let longestClosure = Duration.seconds(300)

    package private(set) var refusals = 0
    package private(set) var inFlight = 0
    /// Requests in any window that have been seen to work.
    package internal(set) var quota: Double

    let tuning: Tuning
    let window: Double
    var admitted = SendTimes()
    var delivered = SendTimes()
    var closedUntil = -Double.infinity
    /// After an episode's pause, until its probe has succeeded.
    var isHalfOpen = false
    var probe: Double?
    var episode = Episode()
    /// The number at which the service last refused, or the published one.
    var limit: Int?
    var lastCut = -Double.infinity
    var lastRefusal = -Double.infinity
    var latency = LatencyWatch()
    var trials = Trials()
    /// Requests that may be under way while reopening; grows with each success.
    var ramp = Int.max
    /// Until when requests are spaced evenly, and when the next is due.
    var pacedUntil = -Double.infinity
    var nextDue = 0.0
    /// Times with jitter are random, but given by the seed.
    var randomness: SplitMix64

    private let origin: ContinuousClock.Instant
    private var now = 0.0

    /// - Parameters:
    ///   - published: What the service says it allows in a window: where caution begins, not a bound.
    ///   - memory: What an earlier run has learned.
    package init(
        published: Int? = nil, memory: Memory? = nil, window: Duration = .seconds(10), concurrency: Int = 32,
        seed: UInt64 = 0, at now: ContinuousClock.Instant
    ) {
        precondition(concurrency > 0)
        origin = now
        self.window = window.seconds
        tuning = Tuning(concurrency: concurrency)
        randomness = SplitMix64(seed: seed)
        quota = max(1, memory?.quota ?? tuning.firstQuota)
        limit = memory?.limit ?? published
    }

    package var memory: Memory { Memory(quota: quota, limit: limit) }

    /// Whether a refusal keeps the gate closed.
    package func isClosed(at now: ContinuousClock.Instant) -> Bool {
        isHalfOpen || time(now) < closedUntil
    }

    /// How long until a request may go: zero when it may go now, `nil` when only an answer can bring that about.
    package mutating func wait(at now: ContinuousClock.Instant) -> Duration? {
        advance(to: now)
        switch decide() {
        case .go: return .zero
        case .after(let time): return .seconds(max(0, time - self.now))
        case .afterAnAnswer: return nil
        }
    }

    /// Lets a request go, if it may go now.
    package mutating func admit(at now: ContinuousClock.Instant) -> Pass? {
        advance(to: now)
        guard case .go(let isTrial) = decide() else { return nil }
        admitted.append(self.now)
        inFlight += 1
        nextDue = max(nextDue, self.now) + window / max(1, quota)
        if isTrial { trials.inFlight += 1 }
        if isHalfOpen { probe = self.now }
        return Pass(sent: self.now, isTrial: isTrial, isProbe: isHalfOpen)
    }

    /// A request has ended.
    package mutating func settle(_ pass: Pass, _ outcome: Outcome, at now: ContinuousClock.Instant) {
        advance(to: now)
        inFlight -= 1
        if pass.isTrial { trials.inFlight -= 1 }
        switch outcome {
        case .served: served(pass, at: self.now)
        case .refused(let retryAfter):
            refusals += 1
            refused(pass, retryAfter: retryAfter?.seconds, at: self.now)
        case .heldTooLong:
            refusals += 1
            heldTooLong(pass, at: self.now)
        case .unknown: unknown(pass, at: self.now)
        }
    }

    /// Seconds from the ledger's first moment; a clock that goes back is taken to stand still.
    private func time(_ instant: ContinuousClock.Instant) -> Double {
        max(now, origin.duration(to: instant).seconds)
    }

    private mutating func advance(to instant: ContinuousClock.Instant) {
        now = time(instant)
        // What ended late is still counted with what was sent before it.
        admitted.trim(through: now - window - 10)
        delivered.trim(through: now - window)
    }
}

// MARK: - The gate

extension WindowLedger {
    private enum Decision {
        case go(isTrial: Bool)
        case after(Double)
        case afterAnAnswer
    }

    private func decide() -> Decision {
        guard inFlight < min(tuning.concurrency, ramp) else { return .afterAnAnswer }
        guard now >= closedUntil else { return .after(closedUntil) }
        guard !isHalfOpen || probe == nil else { return .afterAnAnswer }
        let allowed = max(1, Int(quota))
        let count = admitted.count(after: now - window, through: now)
        // Near the limit of a service that refused of late, what is under way could all be refused together.
        if trials.credit < 0, Double(count) >= tuning.near * Double(allowed), inFlight >= 2 {
            return .afterAnAnswer
        }
        guard count < allowed else {
            if !isHalfOpen, trials.mayBegin(since: lastRefusal, at: now, tuning) { return .go(isTrial: true) }
            return .after(admitted.fromEnd(allowed) + window + 0.001)
        }
        if now < pacedUntil {
            let spacing = window / max(1, quota)
            let due = nextDue - spacing * max(1, quota / 10)
            if now < due { return .after(due) }
        }
        return .go(isTrial: false)
    }
}

extension Duration {
    var seconds: Double { self / .seconds(1) }
}
