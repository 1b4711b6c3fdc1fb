import DequeModule

/// A rate limiter with a fixed quota in any window of time.
///
/// Decides and never waits: its answer is how long to wait. A refusal closes it for the time that the server asked for,
/// or for a pause that doubles with each refusal in a row, from 0.5 to 5 s.
package struct WindowLimiter: Sendable {
    /// The longest time that it stays closed at a server's request.
    private static let longestClosure = Duration.seconds(300)
    /// Added to the pause that the server asked for, so that clocks need not agree.
    private static let margin = Duration.milliseconds(250)

    private let quota: Int
    private let window: Duration
    private var admitted: Deque<ContinuousClock.Instant> = []
    private var closedUntil: ContinuousClock.Instant?
    private var refusalsInARow = 0

    package init(quota: Int, window: Duration = .seconds(10)) {
        precondition(quota > 0)
        self.quota = quota
        self.window = window
    }

    /// Admits a request, or returns how long to wait until one may be admitted.
    package mutating func admit(at now: ContinuousClock.Instant) -> Duration? {
        if let closedUntil, closedUntil > now { return now.duration(to: closedUntil) }
        while let first = admitted.first, first + window <= now { admitted.removeFirst() }
        if admitted.count >= quota { return now.duration(to: admitted[0] + window) }
        admitted.append(now)
        return nil
    }

    /// Records an answer that is no refusal.
    package mutating func succeeded() {
        refusalsInARow = 0
    }

    /// Records a refusal: 429 or 503.
    ///
    /// - Parameter retryAfter: The pause that the server asked for; `nil` when it stated none.
    package mutating func refused(retryAfter: Duration?, at now: ContinuousClock.Instant) {
        let doubled = min(Duration.milliseconds(500) * (1 << min(refusalsInARow, 4)), .seconds(5))
        refusalsInARow += 1
        let pause = min(retryAfter.map { $0 + Self.margin } ?? doubled, Self.longestClosure)
        closedUntil = max(closedUntil ?? now, now + pause)
    }
}
