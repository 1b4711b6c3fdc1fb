/// Estimates how many requests a service serves in any window of time.
///
/// The quota grows by *trials*: single requests beyond it, as many as ``TrialBudget`` allows. It shrinks after the first
/// refusal of an episode, unless that refusal came so early that it says nothing about the number of requests. Where
/// the service limits bursts, or delays requests instead of refusing them, ``Pacing`` spaces requests evenly.
struct LearnedQuota: Sendable {
    /// The quota before anything is known.
    private static let firstQuota = 2.0
    /// The factor by which a refusal within the quota cuts it.
    private static let cut = 0.97
    /// Ignore a single refusal below this fraction of the quota: the service refuses for another reason. The next one
    /// is ignored too once more than twice as many requests, and `more`, have been served.
    private static let suspect = (fraction: 0.25, more: 8)
    /// The fraction of the quota, or of the limit, above which requests and trials are spaced out.
    private static let near = 0.8
    /// The least time between trials near the limit, in windows, unless the window was just used up: after a refusal
    /// that cost next to nothing, after any other, and while pacing.
    private static let trialPause = (cheap: 3.0, costly: 30.0, paced: 0.3)
    /// The known limit is forgotten when ``quota`` exceeds it by this factor. A smaller excess can come from requests
    /// at the edges of the window.
    private static let disproof = 1.02
    /// The fraction of the window after which a trial is late.
    private static let late = 0.125

    private let window: Double
    private let concurrency: Int
    /// Requests in any window that are known to be served.
    private var quota: Double
    /// Requests in a window at the last refusal, or the published limit.
    private var limit: Int?
    /// Requests that were sent and not refused.
    private var admitted = SendTimes()
    /// Requests that were served, by the time of their answers.
    private var delivered = SendTimes()
    /// The last time that the quota was cut. Requests sent before it say nothing about the new quota.
    private var lastCut = -Double.infinity
    private var lastRefusal = -Double.infinity
    /// The requests in the window at an ignored refusal, until clearly more are served.
    private var suspectCount: Int?
    private var lastTrial = -Double.infinity
    private var trials = TrialBudget()
    private var pacing = Pacing()
    private var latency = LatencyMonitor()

    init(published: Int?, window: Double, concurrency: Int) {
        self.window = window
        self.concurrency = concurrency
        quota = max(1, published.map(Double.init) ?? Self.firstQuota)
        limit = published
    }

    var estimate: AdaptiveLimiter.Estimate { AdaptiveLimiter.Estimate(quota: quota, limit: limit) }

    /// True if the last refusal was ignored, and too few requests have been served since.
    var isInDoubt: Bool { suspectCount != nil }

    func sent(after start: Double, through end: Double) -> Int { admitted.count(after: start, through: end) }

    mutating func trim(at now: Double) {
        // A request that ends late is still counted among those sent before it.
        admitted.trim(through: now - window - 10)
        delivered.trim(through: now - window)
    }

    /// Seconds for which a request counts. Network delays vary, so a request that is sent exactly as the window has room
    /// again may reach the service too early.
    private var reach: Double { window * 1.01 }

    /// Seconds between requests at the rate of the quota.
    private var interval: Double { window / max(1, quota) }
}

// MARK: - Admission

extension LearnedQuota {
    /// Returns when a request may go, as far as the quota is concerned.
    func admission(inFlight: Int, trialsInFlight: Int, allowsTrials: Bool, at now: Double) -> Admission {
        let allowed = max(1, Int(quota))
        let count = admitted.count(after: now - reach, through: now)
        // Near the limit of a service that refused recently, all requests in flight could be refused together.
        if trials.isOverdrawn, Double(count) >= Self.near * Double(allowed), inFlight >= 2 {
            return .afterAnAnswer
        }
        guard count < allowed else {
            let free = admitted.time(fromEnd: allowed)! + reach + 0.001
            let trial = allowsTrials ? timeOfTrial(before: free, besides: trialsInFlight, at: now) : .infinity
            return trial <= now ? .now(isTrial: true) : .at(min(free, trial))
        }
        if pacing.isOn(at: now) {
            let due = pacing.due(interval: interval, quota: quota)
            if now < due { return .at(due) }
        }
        return .now(isTrial: false)
    }

    /// Returns when a request beyond the quota may go; infinity when none may.
    ///
    /// Near the limit, a trial goes when the window has just been used up: a refusal then costs least, because nothing
    /// could have been sent anyway. Evenly spaced requests never use the window up, so they wait for a trial no longer
    /// than ``trialPause``.
    ///
    /// - Parameter free: The time at which the quota has room again.
    private func timeOfTrial(before free: Double, besides inFlight: Int, at now: Double) -> Double {
        guard trials.mayBegin(besides: inFlight, since: lastRefusal, at: now) else { return .infinity }
        guard let limit, quota >= Self.near * Double(limit), lastRefusal > -.infinity else { return now }
        // Evenly spaced requests leave no time in which a trial could be late.
        let late = admitted.last + window * Self.late
        let time = trials.isLateNext && !pacing.isOn(at: now) && late < free ? max(now, late) : now
        let pause =
            pacing.isOn(at: now)
            ? Self.trialPause.paced
            : trials.isCheap(window: window) ? Self.trialPause.cheap : Self.trialPause.costly
        guard free - time >= window / 2 || time - lastTrial >= pause * window else { return .infinity }
        return time
    }

    /// Counts a request.
    ///
    /// - Returns: True if it is a late trial.
    mutating func recordSending(isTrial: Bool, at now: Double) -> Bool {
        let isLate = isTrial && now - admitted.last >= window * Self.late
        admitted.append(now)
        pacing.recordSending(interval: interval, at: now)
        if isTrial { lastTrial = now }
        return isLate
    }
}

// MARK: - Outcomes

extension LearnedQuota {
    mutating func recordSuccess(of permit: AdaptiveLimiter.Permit, at now: Double) {
        delivered.append(now)
        trials.earn()
        let isSlow = latency.record(now - permit.sent)
        if permit.isTrial { recordTrial(permit, isSlow: isSlow, at: now) }
        let count = admitted.count(after: now - window, through: now)
        if let before = suspectCount, count > 2 * before + Self.suspect.more { suspectCount = nil }
        if latency.isInflated, isBusy(at: now), permit.sent > lastCut { adoptDeliveryRate(at: now) }
    }

    /// - Parameter isFirstOfEpisode: Only such a refusal says anything about the quota.
    mutating func recordRefusal(of permit: AdaptiveLimiter.Permit, isFirstOfEpisode: Bool, at now: Double) {
        admitted.remove(permit.sent)
        chargeRefusal(at: now)
        if isFirstOfEpisode, permit.sent > lastCut { learn(fromRefusalOf: permit, at: now) }
    }

    mutating func recordTimeout(of permit: AdaptiveLimiter.Permit, at now: Double) {
        // A timeout of a service that had few requests says nothing about its limit.
        let wasBusy = isBusy(at: permit.sent)
        chargeRefusal(at: now)  // The service had the request, so it stays counted.
        if wasBusy, permit.sent > lastCut { adoptDeliveryRate(at: now) }
    }

    /// Records the cost of an episode: the time in which requests could have been sent without it.
    mutating func recordReopening(from start: Double, probe: AdaptiveLimiter.Permit) {
        // The probe is the last request. Without the refusal, it would have been sent when the window had room.
        let room = admitted.time(fromEnd: max(1, Int(quota)) + 1).map { $0 + window } ?? start
        trials.recordCost(max(0, probe.sent - max(room, start)))
    }

    /// Applies a limit that the service states, if it is lower than the quota.
    mutating func restrict(to stated: Double) {
        limit = Int(stated)
        quota = min(quota, stated)
    }

    /// Returns true if the service had so many requests that slow answers may be throttling.
    private func isBusy(at time: Double) -> Bool {
        Double(admitted.count(after: time - window, through: time)) >= quota / 2
    }

    private mutating func chargeRefusal(at now: Double) {
        trials.chargeRefusal()
        lastRefusal = now
    }

    private mutating func learn(fromRefusalOf permit: AdaptiveLimiter.Permit, at now: Double) {
        let count = max(1, admitted.count(after: permit.sent - window, through: permit.sent))
        lastCut = now
        // So early a refusal is hardly about the number of requests. If it is, the next one comes as early.
        guard suspectCount != nil || Double(count) >= quota * Self.suspect.fraction else {
            suspectCount = count
            return
        }
        suspectCount = nil
        limit = count
        if permit.isTrial {
            trials.recordFailure(isLate: permit.isLate)
        } else if !pacing.isOn(at: now), pacing.ended(after: now - 3 * window) {
            beginPacing(at: now)
        } else {
            if pacing.isOn(at: now) { pacing.halveBurst() }
            // A whole number, so that a cut does not take a sixth of a small quota.
            quota = max(1, (min(quota, Double(count)) * Self.cut).rounded())
        }
    }

    private mutating func recordTrial(_ permit: AdaptiveLimiter.Permit, isSlow: Bool, at now: Double) {
        guard !isSlow else { return trials.chargeSlowAnswer() }
        if permit.sent > lastCut {
            // A trial that is refused together with others, and served alone, reveals a limit of bursts.
            if permit.isLate, trials.hasFailed { beginPacing(at: now) }
            trials.recordSuccess()
        }
        quota = max(quota, Double(admitted.count(after: permit.sent - reach, through: permit.sent)))
        if let known = limit, quota > Double(known) * Self.disproof + 1 { limit = nil }
        let isNearLimit = limit.map { 0.9...1.1 ~= quota / Double($0) } ?? false
        trials.adjustParallelism(isCautious: isNearLimit || pacing.isOn(at: now), concurrency: concurrency)
    }

    /// Spaces requests, because the service limits bursts rather than windows.
    private mutating func beginPacing(at now: Double) {
        limit = nil
        if !pacing.hasBegun { trials.grantOne() }
        pacing.begin(window: window, at: now)
    }

    /// Takes the delivery rate as the quota, because the service delays requests instead of refusing them.
    private mutating func adoptDeliveryRate(at now: Double) {
        let count = delivered.count(after: now - window, through: now)
        if count > 0 { quota = max(1, Double(count)) }
        lastCut = now
        latency.forgetRecent()
        trials.suspend()
        pacing.begin(window: window, at: now)
    }
}

// MARK: - Snapshots

extension LearnedQuota {
    func save(to snapshot: inout LimiterSnapshot) {
        snapshot.quota = quota
        snapshot.limit = limit
        snapshot.admitted = admitted
        snapshot.delivered = delivered
        snapshot.lastCut = lastCut
        snapshot.lastRefusal = lastRefusal
        snapshot.suspectCount = suspectCount
        snapshot.lastTrial = lastTrial
        snapshot.trials = trials
        snapshot.pacing = pacing
        snapshot.latency = latency
    }

    mutating func restore(_ snapshot: LimiterSnapshot) {
        quota = snapshot.quota
        limit = snapshot.limit
        admitted = snapshot.admitted
        delivered = snapshot.delivered
        lastCut = snapshot.lastCut
        lastRefusal = snapshot.lastRefusal
        suspectCount = snapshot.suspectCount
        lastTrial = snapshot.lastTrial
        trials = snapshot.trials
        pacing = snapshot.pacing
        latency = snapshot.latency
    }

    mutating func restore(_ estimate: AdaptiveLimiter.Estimate) {
        (quota, limit) = (estimate.quota, estimate.limit)
    }
}
