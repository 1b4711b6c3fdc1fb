/// Stops all requests after a refusal, and reopens with one probe.
///
/// A refusal starts an *episode*. The gate closes for the time that the service asked for, else for the cool-down that
/// earlier episodes agreed on, else for 0.5, 1, 2, 4, 5, 5, … seconds. Then exactly one request, the probe, may go. When
/// it is served, the gate opens and the number of requests in flight grows by one with each success. When it is refused,
/// the gate closes again.
struct RequestGate: Sendable {
    /// The time from a refusal until a probe succeeds, and what earlier episodes took.
    struct Episode: Sendable {
        fileprivate var start = 0.0
        /// The next pause, in seconds, when the service states none.
        fileprivate var pause = 0.0
        fileprivate var hadRefusedProbe = false
        /// The length of the last episode in which a probe was refused; `nil` when the first probe succeeded.
        fileprivate var coolDown: Double?
        /// Episodes in a row that took about as long as ``coolDown``.
        fileprivate var agreements = 0
    }

    /// The requests that the service says are left, and the time until which that holds.
    private struct Allowance: Sendable {
        var left = 0
        var until = -Double.infinity

        func hasRoom(at now: Double) -> Bool { left > 0 || now >= until }
    }

    /// Pauses, in seconds, while the service states none.
    private static let firstPause = 0.5
    private static let longestPause = 5.0
    /// Seconds added to the pause that the service asked for, so that clocks need not agree.
    private static let margin = 0.25
    /// Seconds after which a request counts as lost; no request takes that long.
    private static let longestFlight = 15.0

    private let window: Double
    private let concurrency: Int
    private var closedUntil = -Double.infinity
    /// True if only a probe may go.
    private(set) var isHalfOpen = false
    private var episode = Episode()
    /// The most requests in flight while reopening; grows with each success.
    private var ramp: Int
    private var allowance = Allowance()
    private var permits: [AdaptiveLimiter.Permit] = []
    private var lastNumber = 0
    private var randomness: SplitMix64

    /// - Parameter isRamping: True if the gate begins with two requests in flight, as after a refusal.
    init(window: Double, concurrency: Int, isRamping: Bool, seed: UInt64) {
        self.window = window
        self.concurrency = concurrency
        ramp = isRamping ? 2 : AdaptiveLimiter.unbounded
        randomness = SplitMix64(seed: seed)
    }

    var inFlight: Int { permits.count }

    var trialsInFlight: Int { permits.count(where: \.isTrial) }

    func isClosed(at now: Double) -> Bool { isHalfOpen || now < closedUntil }

    /// Returns what keeps a request from passing the gate now; `nil` when nothing does.
    func obstacle(at now: Double) -> Admission? {
        guard inFlight < min(concurrency, ramp) else { return .afterAnAnswer }
        guard now >= closedUntil else { return .at(closedUntil) }
        guard !isHalfOpen || !permits.contains(where: \.isProbe) else { return .afterAnAnswer }
        guard allowance.hasRoom(at: now) else { return .at(allowance.until) }
        return nil
    }

    mutating func admit(isTrial: Bool, isLate: Bool, at now: Double) -> AdaptiveLimiter.Permit {
        allowance.left -= 1
        lastNumber += 1
        let permit = AdaptiveLimiter.Permit(
            number: lastNumber, sent: now, isTrial: isTrial, isLate: isLate, isProbe: isHalfOpen)
        permits.append(permit)
        return permit
    }

    /// Ends a request's flight.
    ///
    /// - Returns: True if it was in flight.
    mutating func remove(_ permit: AdaptiveLimiter.Permit) -> Bool {
        guard let index = permits.firstIndex(where: { $0.number == permit.number }) else { return false }
        permits.remove(at: index)
        return true
    }

    mutating func dropLostRequests(at now: Double) {
        while let first = permits.first, first.sent < now - Self.longestFlight {
            permits.removeFirst()
            recordLoss(of: first, at: now)
        }
    }
}

// MARK: - Outcomes

extension RequestGate {
    /// - Parameter mayRamp: True if more requests may be in flight after this success.
    /// - Returns: The start of the episode that this success ended, if it ended one.
    mutating func recordSuccess(of permit: AdaptiveLimiter.Permit, mayRamp: Bool, at now: Double) -> Double? {
        if permit.isProbe, isHalfOpen {
            reopen(at: now)
            return episode.start
        }
        if ramp < concurrency, !isHalfOpen, mayRamp { ramp += 1 }
        return nil
    }

    /// - Returns: True if the refusal starts an episode. Refusals of probes, and of requests that were in flight when the
    ///   gate closed, do not: they say nothing new about the quota.
    mutating func recordRefusal(of permit: AdaptiveLimiter.Permit, retryAfter: Double?, at now: Double)
        -> Bool
    {
        if isHalfOpen, !permit.isProbe {
            extendClosure(by: retryAfter, at: now)
            return false
        }
        if permit.isProbe {
            episode.hadRefusedProbe = true
        } else {
            (episode.start, episode.pause, episode.hadRefusedProbe) = (now, Self.firstPause, false)
        }
        close(retryAfter: retryAfter, at: now)
        return !permit.isProbe
    }

    mutating func recordTimeout(of permit: AdaptiveLimiter.Permit, retryAfter: Double?, at now: Double) {
        extendClosure(by: retryAfter, at: now)
        if permit.isProbe { close(retryAfter: retryAfter, at: now) }
    }

    /// Records a request without an informative answer. A lost probe counts as refused.
    mutating func recordLoss(of permit: AdaptiveLimiter.Permit, at now: Double) {
        if permit.isProbe { close(retryAfter: nil, at: now) }
    }

    /// Applies the number of requests that the service says are left.
    mutating func restrict(to left: Int, until time: Double) {
        allowance = Allowance(left: left, until: time)
    }

    mutating func close(until time: Double) {
        closedUntil = time
    }

    private mutating func extendClosure(by retryAfter: Double?, at now: Double) {
        guard let retryAfter else { return }
        closedUntil = max(closedUntil, now + pause(for: retryAfter))
    }

    private func pause(for retryAfter: Double) -> Double {
        min(max(0, retryAfter) + Self.margin, AdaptiveLimiter.longestClosure.seconds)
    }

    private mutating func close(retryAfter: Double?, at now: Double) {
        let wait: Double
        if let retryAfter {
            wait = pause(for: retryAfter)
        } else if let coolDown = episode.coolDown, episode.agreements >= 1,
            now - episode.start < coolDown * 0.9
        {
            wait = coolDown - (now - episode.start)
        } else {
            wait = min(max(episode.pause, Self.firstPause), window)
            episode.pause = min(wait * 2, Self.longestPause)
        }
        let jitter = min(0.05 * wait, 0.25) * Double.random(in: 0...1, using: &randomness)
        closedUntil = max(closedUntil, now + wait + jitter)
        isHalfOpen = true
    }

    private mutating func reopen(at now: Double) {
        let length = now - episode.start
        if episode.hadRefusedProbe {
            let agrees = episode.coolDown.map { abs(length - $0) < 0.25 * window } ?? false
            episode.agreements = agrees ? episode.agreements + 1 : 0
            episode.coolDown = length
        } else {
            (episode.coolDown, episode.agreements) = (nil, 0)
        }
        isHalfOpen = false
        ramp = 1
    }
}

// MARK: - Snapshots

extension RequestGate {
    func save(to snapshot: inout LimiterSnapshot) {
        snapshot.closedUntil = closedUntil
        snapshot.isHalfOpen = isHalfOpen
        snapshot.ramp = ramp
        snapshot.episode = episode
        snapshot.allowanceLeft = allowance.left
        snapshot.allowanceUntil = allowance.until
        snapshot.permits = permits
        snapshot.lastNumber = lastNumber
    }

    /// Takes over everything but the jitter's randomness, which is each process's own.
    mutating func restore(_ snapshot: LimiterSnapshot) {
        closedUntil = snapshot.closedUntil
        isHalfOpen = snapshot.isHalfOpen
        ramp = snapshot.ramp
        episode = snapshot.episode
        allowance = Allowance(left: snapshot.allowanceLeft, until: snapshot.allowanceUntil)
        permits = snapshot.permits
        lastNumber = snapshot.lastNumber
    }
}

extension RequestGate.Episode {
    mutating func code(with coder: inout StateCoder) {
        coder.code(&start)
        coder.code(&pause)
        coder.code(&hadRefusedProbe)
        coder.code(&coolDown)
        coder.code(&agreements)
    }
}
