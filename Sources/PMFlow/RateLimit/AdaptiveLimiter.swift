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
/// do not; nor does one that comes long before the quota is used, the first time, for then the service rather refuses
/// everything for a while. Throttling that shows as latency counts as refusal, and makes the ledger space its requests
/// evenly.
///
/// A value without a clock: decides, never waits. Source: limiter/LIMITER.md, of whose ledger this is the
/// successor; the trials and what they may cost are new.
package struct AdaptiveLimiter: Sendable {
    /// What it has learned.
    package struct Memory: Sendable, Equatable {
        /// Requests in any window that have been seen to work.
        package var quota: Double
        /// The number at which the service last refused, or the published one.
        package var limit: Int?

        package init(quota: Double, limit: Int?) {
            self.quota = quota
            self.limit = limit
        }
    }

    /// One request that was let go; every one is settled once. One that is not, for its process died, is taken for
    /// lost after a while.
    package struct Permit: Sendable {
        var number: Int
        var sent: Double
        var isTrial: Bool
        /// A trial that went a while after the rest.
        var isLate: Bool
        var isProbe: Bool
    }

    /// How a request ended, as far as the limit is concerned.
    package enum Outcome: Sendable {
        case served
        /// - Parameter retryAfter: How long the service asked us to stay away, `nil` when it did not say.
        case refused(retryAfter: Duration?)
        /// The service held the request until it gave up, with status 408, or until we did. Where that took less than a
        /// second, it is a refusal.
        case heldTooLong(retryAfter: Duration? = nil)
        /// No answer that says anything of the limit.
        case unknown

        package var isRefusal: Bool {
            switch self {
            case .refused, .heldTooLong: true
            case .served, .unknown: false
            }
        }
    }

    /// The longest that the gate stays closed on a service's word.
    package static let longestClosure = Duration.seconds(300)

    /// Requests in any window that have been seen to work.
    package internal(set) var quota: Double

    let tuning: Tuning
    let window: Double
    var admitted = SendTimes()
    var delivered = SendTimes()
    var closedUntil = -Double.infinity
    /// After an episode's pause, until its probe has succeeded.
    var isHalfOpen = false
    var episode = Episode()
    /// The number at which the service last refused, or the published one.
    var limit: Int?
    var lastCut = -Double.infinity
    var lastRefusal = -Double.infinity
    /// Of a refusal that hardly was for their number, how many were admitted before it; until more are served.
    var doubted: Int?
    var lastTrial = -Double.infinity
    var latency = LatencyWatch()
    var trials = Trials()
    /// Requests that may be under way while reopening; grows with each success.
    var ramp = Self.unbounded
    var pacing = Pacing()
    /// Times with jitter are random, but given by the seed.
    var randomness: SplitMix64

    /// What is under way.
    var flights: [Permit] = []
    var lastNumber = 0
    /// What the service has said may still be asked.
    var allowance = RateLimitHint.Rest()
    var now = 0.0
    private let origin: ContinuousClock.Instant

    package static let unbounded = 1_000_000
    /// Seconds after which a request is lost; none takes so long.
    private static let longestFlight = 15.0

    /// - Parameters:
    ///   - published: What the service says it allows in a window: where it begins, and begins to be careful; not a
    ///     bound.
    ///   - origin: The moment from which its times count; ledgers that are shared have the same.
    package init(
        published: Int? = nil, window: Duration = .seconds(10), concurrency: Int = 32,
        seed: UInt64 = 0, at origin: ContinuousClock.Instant
    ) {
        precondition(concurrency > 0)
        self.origin = origin
        self.window = window.seconds
        tuning = Tuning(concurrency: concurrency)
        randomness = SplitMix64(seed: seed)
        quota = max(1, published.map(Double.init) ?? tuning.firstQuota)
        limit = published
        if published != nil { ramp = 2 }
    }

    package var memory: Memory { Memory(quota: quota, limit: limit) }

    package var inFlight: Int { flights.count }

    /// Whether a refusal keeps the gate closed.
    package func isClosed(at now: ContinuousClock.Instant) -> Bool {
        isHalfOpen || time(now) < closedUntil
    }

    var isPaced: Bool { now < pacing.until }

    /// How long a request is taken to count, in seconds: requests take more or less time on their way, and one that is
    /// sent as the window has room again may reach the service before the first of those before it has left the count.
    var reach: Double { window * 1.01 }

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
    package mutating func admit(at now: ContinuousClock.Instant) -> Permit? {
        advance(to: now)
        guard case .go(let isTrial) = decide() else { return nil }
        let isLate = isTrial && self.now - admitted.last >= window * tuning.late
        admitted.append(self.now)
        pacing.next = max(pacing.next, self.now) + window / max(1, quota)
        if isTrial { lastTrial = self.now }
        allowance.take()
        lastNumber += 1
        let pass = Permit(
            number: lastNumber, sent: self.now, isTrial: isTrial, isLate: isLate, isProbe: isHalfOpen)
        flights.append(pass)
        return pass
    }

    /// A request has ended.
    ///
    /// - Parameter told: What the answer said of the limit, if anything.
    package mutating func settle(
        _ pass: Permit, _ outcome: Outcome, told: RateLimitHint? = nil, at now: ContinuousClock.Instant
    ) {
        advance(to: now)
        guard let place = flights.firstIndex(where: { $0.number == pass.number }) else { return }
        flights.remove(at: place)
        if let told { heed(told, in: pass) }
        switch outcome {
        case .served: served(pass, at: self.now)
        case .refused(let retryAfter):
            refused(pass, retryAfter: retryAfter?.seconds, at: self.now)
        case .heldTooLong(let retryAfter):
            heldTooLong(pass, retryAfter: retryAfter?.seconds, at: self.now)
        case .unknown: unknown(pass, at: self.now)
        }
    }

    /// Seconds from the ledger's first moment; a clock that goes back is taken to stand still.
    func time(_ instant: ContinuousClock.Instant) -> Double {
        max(now, origin.duration(to: instant).seconds)
    }

    private mutating func advance(to instant: ContinuousClock.Instant) {
        now = time(instant)
        // What ended late is still counted with what was sent before it.
        admitted.trim(through: now - window - 10)
        delivered.trim(through: now - window)
        while let first = flights.first, first.sent < now - Self.longestFlight {
            flights.removeFirst()
            unknown(first, at: now)
        }
    }
}

// MARK: - The gate

extension AdaptiveLimiter {
    private enum Decision {
        case go(isTrial: Bool)
        case after(Double)
        case afterAnAnswer
    }

    private func decide() -> Decision {
        guard inFlight < min(tuning.concurrency, ramp) else { return .afterAnAnswer }
        guard now >= closedUntil else { return .after(closedUntil) }
        guard !isHalfOpen || !flights.contains(where: \.isProbe) else { return .afterAnAnswer }
        guard allowance.hasRoom(at: now) else { return .after(allowance.until) }
        let allowed = max(1, Int(quota))
        let count = admitted.count(after: now - reach, through: now)
        // Near the limit of a service that refused of late, what is under way could all be refused together.
        if trials.credit < 0, Double(count) >= tuning.near * Double(allowed), inFlight >= 2 {
            return .afterAnAnswer
        }
        guard count < allowed else {
            let free = admitted.time(fromEnd: allowed)! + reach + 0.001
            let trial = timeOfTrial(before: free)
            return trial <= now ? .go(isTrial: true) : .after(min(free, trial))
        }
        if isPaced {
            let due = pacing.next - window / max(1, quota) * max(1, quota * pacing.burst)
            if now < due { return .after(due) }
        }
        return .go(isTrial: false)
    }

    /// When a request may go beyond the quota; infinitely late when none may.
    ///
    /// Near the limit a trial goes when the window has just been used up, for then a refusal that closes the gate
    /// costs least: nothing could have been sent anyway. Requests that come evenly never use it up, and wait for their
    /// trial no longer than so many windows.
    ///
    /// - Parameter free: When the quota has room again.
    private func timeOfTrial(before free: Double) -> Double {
        let underWay = flights.count(where: \.isTrial)
        guard !isHalfOpen, trials.mayBegin(besides: underWay, since: lastRefusal, at: now, tuning) else {
            return .infinity
        }
        guard let limit, quota >= tuning.near * Double(limit), lastRefusal > -.infinity else { return now }
        // Requests that come evenly leave no time to be late in.
        let late = admitted.last + window * tuning.late
        let time = trials.isLateNext && !isPaced && late < free ? max(now, late) : now
        let isCheap = trials.cost < window * tuning.cheap
        let pause =
            isPaced ? tuning.pacedTrialPause : isCheap ? tuning.trialPause.cheap : tuning.trialPause.costly
        guard free - time >= window / 2 || time - lastTrial >= pause * window else { return .infinity }
        return time
    }
}

extension Duration {
    var seconds: Double { self / .seconds(1) }
}
