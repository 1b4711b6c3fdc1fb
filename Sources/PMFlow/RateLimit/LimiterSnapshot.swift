/// The state of an ``AdaptiveLimiter`` as a plain value, which processes exchange through a ``LimiterFile``.
struct LimiterSnapshot: Sendable {
    /// Seconds since the limiter's origin, as all times here.
    var now = 0.0

    // LearnedQuota
    var quota = 1.0
    var limit: Int?
    var lastCut = 0.0
    var lastRefusal = 0.0
    var suspectCount: Int?
    var lastTrial = 0.0
    var trials = TrialBudget()
    var pacing = Pacing()
    var latency = LatencyMonitor()
    var admitted = SendTimes()
    var delivered = SendTimes()

    // RequestGate
    var closedUntil = 0.0
    var isHalfOpen = false
    var ramp = 0
    var episode = RequestGate.Episode()
    var allowanceLeft = 0
    var allowanceUntil = 0.0
    var permits: [AdaptiveLimiter.Permit] = []
    var lastNumber = 0

    /// Writes or reads every value. The order is the file's format: a change to it needs a new ``LimiterFile/version``.
    mutating func code(with coder: inout StateCoder) {
        coder.code(&now)
        coder.code(&quota)
        coder.code(&limit)
        coder.code(&closedUntil)
        coder.code(&isHalfOpen)
        coder.code(&ramp)
        coder.code(&lastCut)
        coder.code(&lastRefusal)
        coder.code(&suspectCount)
        coder.code(&lastTrial)
        coder.code(&lastNumber)
        coder.code(&allowanceLeft)
        coder.code(&allowanceUntil)
        trials.code(with: &coder)
        pacing.code(with: &coder)
        episode.code(with: &coder)
        latency.code(with: &coder)
        admitted.code(with: &coder)
        delivered.code(with: &coder)
        let empty = AdaptiveLimiter.Permit(number: 0, sent: 0, isTrial: false, isLate: false, isProbe: false)
        coder.code(&permits, empty: empty) { $1.code(with: &$0) }
    }
}

extension AdaptiveLimiter.Permit {
    fileprivate mutating func code(with coder: inout StateCoder) {
        coder.code(&number)
        coder.code(&sent)
        coder.code(&isTrial)
        coder.code(&isLate)
        coder.code(&isProbe)
    }
}
