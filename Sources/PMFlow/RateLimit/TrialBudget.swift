/// Limits how many refusals the search for a larger quota may cost.
///
/// Served requests earn credit, and refusals spend it. The cost of a refusal is the time, in seconds, in which it
/// prevents requests that could have been sent. After an expensive refusal, trials pause for a multiple of that time.
struct TrialBudget: Sendable {
    /// Refusals that may be spent per request served.
    private static let creditPerRequest = 0.008
    private static let creditRange = -1.0...2.0
    /// Seconds without trials per second that the last refusal cost.
    private static let patience = 20.0
    /// A refusal is cheap when it costs less than this fraction of a window.
    private static let cheap = 0.03

    /// Refusals that may be risked.
    private var credit = 2.0
    /// The most trials in flight.
    private var parallelism = 1
    /// The cost of the last episode, in seconds in which requests could have been sent.
    private var cost = 0.0
    /// Trials that were refused in a row.
    private var failures = 0
    /// True if one late trial may go without credit: if it is served, much more is admitted than the quota.
    private var hasLoan = true

    var isOverdrawn: Bool { credit < 0 }

    var hasFailed: Bool { failures > 0 }

    /// True if the next trial goes alone, some time after the other requests. Every second one does, to tell a
    /// limit of bursts from a limit of the window.
    var isLateNext: Bool { !failures.isMultiple(of: 2) }

    func isCheap(window: Double) -> Bool { cost < window * Self.cheap }

    func mayBegin(besides inFlight: Int, since lastRefusal: Double, at now: Double) -> Bool {
        (credit >= 1 || hasLoan && isLateNext) && inFlight < parallelism
            && now - lastRefusal >= Self.patience * cost * Double(1 << min(failures, 4))
    }

    mutating func earn() {
        credit = min(Self.creditRange.upperBound, credit + Self.creditPerRequest)
    }

    mutating func chargeRefusal() {
        credit = max(Self.creditRange.lowerBound, credit - 1)
        parallelism = 1
    }

    mutating func chargeSlowAnswer() {
        credit -= 1
        parallelism = 1
    }

    /// Stops trials until new credit is earned.
    mutating func suspend() {
        credit = min(credit, 0)
        parallelism = 1
    }

    mutating func grantOne() {
        credit = max(credit, 1)
    }

    mutating func recordSuccess() {
        failures = 0
    }

    mutating func recordFailure(isLate: Bool) {
        failures += 1
        if isLate { hasLoan = false }
    }

    mutating func recordCost(_ seconds: Double) {
        cost = seconds
    }

    /// Allows one more trial in flight, or, near the limit, only one.
    mutating func adjustParallelism(isCautious: Bool, concurrency: Int) {
        parallelism = isCautious ? 1 : min(concurrency, parallelism + 1)
    }

    mutating func code(with coder: inout StateCoder) {
        coder.code(&credit)
        coder.code(&parallelism)
        coder.code(&cost)
        coder.code(&failures)
        coder.code(&hasLoan)
    }
}
