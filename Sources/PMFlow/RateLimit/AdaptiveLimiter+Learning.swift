/// What the ledger makes of how its requests ended.
extension AdaptiveLimiter {
    mutating func served(_ pass: Permit, at now: Double) {
        delivered.append(now)
        trials.credit = min(tuning.mostCredit, trials.credit + tuning.creditPerRequest)
        let elapsed = now - pass.sent
        if pass.isProbe, isHalfOpen {
            reopen(after: elapsed, at: now)
        } else if ramp < tuning.concurrency, !isHalfOpen, doubted == nil {
            ramp += 1
        }
        let isSlow = latency.note(elapsed)
        if pass.isTrial { settleTrial(pass, isSlow: isSlow, at: now) }
        let count = admitted.count(after: now - window, through: now)
        if let before = doubted, count > 2 * before + tuning.doubtful.more { doubted = nil }
        if latency.isInflated, isBusy(at: now), pass.sent > lastCut { slowDown(at: now) }
    }

    mutating func refused(_ pass: Permit, retryAfter: Double?, at now: Double) {
        admitted.remove(pass.sent)
        noteRefusal(at: now)
        // What was under way when an earlier refusal closed the gate says nothing new of the quota.
        if isHalfOpen, !pass.isProbe { return stayAway(for: retryAfter, at: now) }
        if pass.isProbe {
            episode.hadRefusedProbe = true
        } else {
            begin(episodeWith: pass, at: now)
        }
        close(retryAfter: retryAfter, at: now)
    }

    mutating func heldTooLong(_ pass: Permit, retryAfter: Double?, at now: Double) {
        // What comes back at once was not held.
        guard now - pass.sent >= tuning.leastHold else {
            return refused(pass, retryAfter: retryAfter, at: now)
        }
        // Of a service that has hardly been asked, it is no word on how much it bears.
        let wasBusy = isBusy(at: pass.sent)
        noteRefusal(at: now)  // the service had it, and for long: it counts
        stayAway(for: retryAfter, at: now)
        if pass.isProbe { close(retryAfter: retryAfter, at: now) }
        if wasBusy, pass.sent > lastCut { slowDown(at: now) }
    }

    mutating func unknown(_ pass: Permit, at now: Double) {
        if pass.isProbe { close(retryAfter: nil, at: now) }
    }
}

// MARK: - Steps

extension AdaptiveLimiter {
    /// Whether it was asked so much that being slow may be throttling.
    private func isBusy(at time: Double) -> Bool {
        Double(admitted.count(after: time - window, through: time)) >= quota / 2
    }

    private mutating func noteRefusal(at now: Double) {
        trials.credit = max(tuning.leastCredit, trials.credit - 1)
        trials.most = 1
        lastRefusal = now
    }

    private mutating func begin(episodeWith pass: Permit, at now: Double) {
        if pass.sent > lastCut { learn(fromRefusalOf: pass, at: now) }
        episode.start = now
        episode.hadRefusedProbe = false
        episode.pause = tuning.firstPause
    }

    private mutating func learn(fromRefusalOf pass: Permit, at now: Double) {
        let count = max(1, admitted.count(after: pass.sent - window, through: pass.sent))
        lastCut = now
        // So early it hardly is for their number; if it is, the next one comes as early.
        guard doubted != nil || Double(count) >= quota * tuning.doubtful.share else {
            doubted = count
            return
        }
        doubted = nil
        limit = count
        if pass.isTrial {
            trials.failures += 1
            if pass.isLate { trials.hasLoan = false }
        } else if !isPaced, pacing.wasLifted(since: now - 3 * window) {
            spaceOut(at: now)
        } else {
            if isPaced { pacing.burst /= 2 }
            // Whole, so that a small quota is not cut by a sixth.
            quota = max(1, (min(quota, Double(count)) * tuning.cut).rounded())
        }
    }

    private mutating func stayAway(for retryAfter: Double?, at now: Double) {
        guard let retryAfter else { return }
        closedUntil = max(closedUntil, now + pause(on: retryAfter))
    }

    /// How long the gate stays closed on a service's word, in seconds.
    private func pause(on retryAfter: Double) -> Double {
        min(max(0, retryAfter) + tuning.margin, Self.longestClosure.seconds)
    }

    private mutating func close(retryAfter: Double?, at now: Double) {
        let wait: Double
        if let retryAfter {
            wait = pause(on: retryAfter)
        } else if let coolDown = episode.coolDown, episode.agreements >= 1,
            now - episode.start < coolDown * 0.9
        {
            wait = coolDown - (now - episode.start)
        } else {
            wait = min(max(episode.pause, tuning.firstPause), window)
            episode.pause = min(wait * 2, tuning.longestPause)
        }
        let jitter = min(0.05 * wait, 0.25) * Double.random(in: 0...1, using: &randomness)
        closedUntil = max(closedUntil, now + wait + jitter)
        isHalfOpen = true
    }

    /// The probe came through.
    private mutating func reopen(after elapsed: Double, at now: Double) {
        let length = now - episode.start
        if episode.hadRefusedProbe {
            let agrees = episode.coolDown.map { abs(length - $0) < 0.25 * window } ?? false
            episode.agreements = agrees ? episode.agreements + 1 : 0
            episode.coolDown = length
        } else {
            (episode.coolDown, episode.agreements) = (nil, 0)
        }
        // The probe is the last; had nothing been refused, it would have gone when the window had room.
        let room = admitted.time(fromEnd: max(1, Int(quota)) + 1).map { $0 + window } ?? episode.start
        trials.cost = max(0, now - elapsed - max(room, episode.start))
        isHalfOpen = false
        ramp = 1
    }

    private mutating func settleTrial(_ pass: Permit, isSlow: Bool, at now: Double) {
        guard !isSlow else {
            trials.credit -= 1
            trials.most = 1
            return
        }
        if pass.sent > lastCut {
            // What was refused before, and is served now that it came alone, was refused for coming with others.
            if pass.isLate, trials.failures > 0 { spaceOut(at: now) }
            trials.failures = 0
        }
        quota = max(quota, Double(admitted.count(after: pass.sent - reach, through: pass.sent)))
        if let known = limit, quota > Double(known) * tuning.disproof + 1 { limit = nil }
        let isNearLimit = limit.map { 0.9...1.1 ~= quota / Double($0) } ?? false
        trials.most = isNearLimit || isPaced ? 1 : min(tuning.concurrency, trials.most + 1)
    }

    /// It is not so many in a window that the service refuses, but so many at once.
    private mutating func spaceOut(at now: Double) {
        limit = nil
        if !pacing.hasBegun { trials.credit = max(trials.credit, 1) }
        pacing.begin(window: window, at: now)
    }

    /// The service delays what it would not refuse: what it delivered is what it admits.
    private mutating func slowDown(at now: Double) {
        let count = delivered.count(after: now - window, through: now)
        if count > 0 { quota = max(1, Double(count)) }
        lastCut = now
        latency.forgetRecent()
        trials.most = 1
        trials.credit = min(trials.credit, 0)
        pacing.begin(window: window, at: now)
    }
}
