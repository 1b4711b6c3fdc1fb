extension WindowLedger {
    /// The numbers that the ledger's conduct depends on, found by simulation: see the property test.
    struct Tuning: Sendable {
        var concurrency: Int
        var firstQuota = 2.0
        /// What is left of the quota after a refusal within it.
        var cut = 0.95
        /// Pauses of an episode without a word from the service, in seconds.
        var firstPause = 0.5
        var longestPause = 5.0
        /// Added to what the service asked for, so that clocks need not agree; in seconds.
        var margin = 0.25
        /// Share of the quota from which on a service that refused of late is asked with care.
        var near = 0.7
        /// Refusals that may be spent per request served.
        var creditPerRequest = 0.008
        var mostCredit = 2.0
        var leastCredit = -2.0
        /// Windows for which requests are spaced evenly once the service has shown that it delays them.
        var pacing = 60.0
        /// Seconds without trials per second that the last refusal cost.
        var patience = 20.0
    }

    /// What may be risked to find out whether more is admitted.
    struct Trials: Sendable {
        /// Refusals that may be risked: earned by requests served, spent by every refusal.
        var credit = 2.0
        var inFlight = 0
        /// Trials that may be under way at a time.
        var most = 1
        /// What the last episode cost, in seconds in which we could have sent.
        var cost = 0.0
        /// Trials that were refused in a row.
        var failures = 0

        func mayBegin(since lastRefusal: Double, at now: Double, _ tuning: Tuning) -> Bool {
            credit >= 1 && inFlight < most
                && now - lastRefusal >= tuning.patience * cost * Double(1 << min(failures, 4))
        }
    }

    /// From a refusal until a probe succeeds.
    struct Episode: Sendable {
        var start = 0.0
        /// When we could have sent next had nothing been refused.
        var wouldSendAt = 0.0
        var pause = 0.0
        var hadRefusedProbe = false
        /// How long the last episode was that probes did not end early, and how often in a row it was that long.
        var coolDown: Double?
        var agreements = 0
    }

    mutating func served(_ pass: Pass, at now: Double) {
        delivered.append(now)
        trials.credit = min(tuning.mostCredit, trials.credit + tuning.creditPerRequest)
        let elapsed = now - pass.sent
        if pass.isProbe, isHalfOpen {
            reopen(after: elapsed, at: now)
        } else if ramp < tuning.concurrency, !isHalfOpen {
            ramp += 1
        }
        let isSlow = latency.note(elapsed)
        if pass.isTrial { settleTrial(pass, isSlow: isSlow) }
        let isBusy = Double(admitted.count(after: now - window, through: now)) >= quota / 2
        if latency.isInflated, isBusy, pass.sent > lastCut { slowDown(at: now) }
    }

    mutating func refused(_ pass: Pass, retryAfter: Double?, at now: Double) {
        note(refusalOf: pass, at: now)
        // What was under way when an earlier refusal closed the gate says nothing new.
        if isHalfOpen, !pass.isProbe { return }
        if pass.isProbe {
            episode.hadRefusedProbe = true
            probe = nil
        } else {
            begin(episodeWith: pass, at: now)
        }
        close(retryAfter: retryAfter, at: now)
    }

    mutating func heldTooLong(_ pass: Pass, at now: Double) {
        note(refusalOf: pass, at: now)
        if pass.isProbe {
            probe = nil
            close(retryAfter: nil, at: now)
        }
        if pass.sent > lastCut { slowDown(at: now) }
    }

    mutating func unknown(_ pass: Pass, at now: Double) {
        guard pass.isProbe else { return }
        probe = nil
        close(retryAfter: nil, at: now)
    }
}

// MARK: - Steps

extension WindowLedger {
    private mutating func note(refusalOf pass: Pass, at now: Double) {
        admitted.remove(pass.sent)
        trials.credit = max(tuning.leastCredit, trials.credit - 1)
        trials.most = 1
        lastRefusal = now
    }

    private mutating func begin(episodeWith pass: Pass, at now: Double) {
        if pass.sent > lastCut {
            let count = max(1, admitted.count(after: pass.sent - window, through: pass.sent))
            limit = count
            lastCut = now
            if pass.isTrial {
                trials.failures += 1
            } else {
                quota = max(1, min(quota, Double(count)) * tuning.cut)
            }
        }
        let allowed = max(1, Int(quota))
        let count = admitted.count(after: now - window, through: now)
        episode.start = now
        episode.wouldSendAt = count >= allowed ? max(now, admitted.fromEnd(allowed) + window) : now
        episode.hadRefusedProbe = false
        episode.pause = tuning.firstPause
    }

    private mutating func close(retryAfter: Double?, at now: Double) {
        let wait: Double
        if let retryAfter {
            wait = min(max(0, retryAfter) + tuning.margin, Self.longestClosure.seconds)
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
        trials.cost = max(0, now - elapsed - episode.wouldSendAt)
        isHalfOpen = false
        probe = nil
        ramp = 1
    }

    private mutating func settleTrial(_ pass: Pass, isSlow: Bool) {
        guard !isSlow else {
            trials.credit -= 1
            trials.most = 1
            return
        }
        trials.failures = 0
        quota = max(quota, Double(admitted.count(after: pass.sent - window, through: pass.sent)))
        let isNearLimit = limit.map { 0.9...1.1 ~= quota / Double($0) } ?? false
        trials.most = isNearLimit ? 1 : min(tuning.concurrency, trials.most + 1)
    }

    /// The service delays what it would not refuse: what it delivered is what it admits.
    private mutating func slowDown(at now: Double) {
        let count = delivered.count(after: now - window, through: now)
        if count > 0 { quota = max(1, Double(count)) }
        lastCut = now
        latency.forgetRecent()
        trials.most = 1
        trials.credit = min(trials.credit, 0)
        if now >= pacedUntil { nextDue = now }
        pacedUntil = now + tuning.pacing * window
    }
}

/// Watches for answers that take far longer than they do when the service has time.
struct LatencyWatch: Sendable {
    private var base: Double?
    private var recent: [Double] = []

    /// Notes one answer's time, in seconds; whether it was slow.
    mutating func note(_ elapsed: Double) -> Bool {
        if let base {
            self.base = elapsed > base ? base * 1.0005 : base * 0.9 + elapsed * 0.1
        } else {
            base = elapsed
        }
        recent.append(elapsed)
        if recent.count > 9 { recent.removeFirst() }
        return isSlow(elapsed)
    }

    /// Whether the median of the last nine is slow.
    var isInflated: Bool { recent.count == 9 && isSlow(recent.sorted()[4]) }

    mutating func forgetRecent() {
        recent.removeAll()
    }

    private func isSlow(_ elapsed: Double) -> Bool {
        elapsed > max(4 * (base ?? elapsed), 0.4)
    }
}
