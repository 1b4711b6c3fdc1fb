/// Decides which of many alike messages are logged: the first ones of each minute.
struct SampledLog: Sendable {
    private static let period = Duration.seconds(60)
    private static let most = 3

    private var began: ContinuousClock.Instant?
    private var count = 0

    /// Returns true if a message is to be logged now.
    mutating func admits(at now: ContinuousClock.Instant) -> Bool {
        if began.map({ $0.duration(to: now) >= Self.period }) ?? true { (began, count) = (now, 0) }
        count += 1
        return count <= Self.most
    }
}
