/// What the ledger goes by, each part with what it remembers.
extension AdaptiveLimiter {
    /// The numbers that the ledger's conduct depends on, found by simulation: see the property test.
    struct Tuning: Sendable {
        var concurrency: Int
        var firstQuota = 2.0
        /// What is left of the quota after a refusal within it.
        var cut = 0.97
        /// Share of the quota below which a refusal is hardly for the number of requests, and how many more than twice
        /// as many are to be served before the next is thought the same of.
        var doubtful = (share: 0.25, more: 8)
        /// Seconds from which on a request was held, and not refused.
        var leastHold = 1.0
        /// Pauses of an episode without a word from the service, in seconds.
        var firstPause = 0.5
        var longestPause = 5.0
        /// Added to what the service asked for, so that clocks need not agree; in seconds.
        var margin = 0.25
        /// Share of the quota from which on a service that refused of late is asked with care.
        var near = 0.8
        /// Windows after which a trial need not wait for the time when it costs least: where the last refusal cost
        /// next to nothing, at most that share of a window, and otherwise.
        var trialPause = (cheap: 3.0, costly: 30.0)
        var cheap = 0.03
        /// The same while we space requests evenly.
        var pacedTrialPause = 0.3
        /// How far the quota must lie beyond the last limit to disprove it: farther than a window's edges explain.
        var disproof = 1.02
        /// Share of the window after which a trial is late.
        var late = 0.125
        /// Refusals that may be spent per request served.
        var creditPerRequest = 0.008
        var mostCredit = 2.0
        var leastCredit = -1.0
        /// Seconds without trials per second that the last refusal cost.
        var patience = 20.0
    }

    /// What may be risked to find out whether more is admitted.
    struct Trials: Sendable {
        /// Refusals that may be risked: earned by requests served, spent by every refusal.
        var credit = 2.0
        /// Trials that may be under way at a time.
        var most = 1
        /// What the last episode cost, in seconds in which we could have sent.
        var cost = 0.0
        /// Trials that were refused in a row.
        var failures = 0
        /// Whether a late trial may go on credit: one that is served tells that much more is admitted.
        var hasLoan = true

        /// Whether the next trial goes a while after the rest: every other, to tell a limit of bursts from one of
        /// the window.
        var isLateNext: Bool { !failures.isMultiple(of: 2) }

        func mayBegin(besides inFlight: Int, since lastRefusal: Double, at now: Double, _ tuning: Tuning)
            -> Bool
        {
            (credit >= 1 || hasLoan && isLateNext) && inFlight < most
                && now - lastRefusal >= tuning.patience * cost * Double(1 << min(failures, 4))
        }
    }

    /// When requests are spaced evenly: once the service has shown that it delays them, or refuses bursts.
    struct Pacing: Sendable {
        var until = -Double.infinity
        /// When the next is due.
        var next = 0.0
        /// The share of the quota that may go at once even so.
        var burst = 0.1
        /// Windows for which it lasts; twice as long each time.
        var length = 12.0

        mutating func begin(window: Double, at now: Double) {
            if now >= until { (next, burst) = (now, 0.1) }
            until = now + length * window
            length = min(2 * length, 60)
        }

        var hasBegun: Bool { until > 0 }

        /// Whether it ended after that time.
        func wasLifted(since time: Double) -> Bool { until > time }
    }

    /// From a refusal until a probe succeeds.
    struct Episode: Sendable {
        var start = 0.0
        var pause = 0.0
        var hadRefusedProbe = false
        /// How long the last episode was that probes did not end early, and how often in a row it was that long.
        var coolDown: Double?
        var agreements = 0
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

    mutating func pass(over tape: inout StateCoder) {
        tape.pass(&base)
        tape.pass(&recent)
    }

    private func isSlow(_ elapsed: Double) -> Bool {
        elapsed > max(4 * (base ?? elapsed), 0.4)
    }
}
