/// How many requests may go out in any stretch of time, and when none may.
///
/// Decides, never waits: "may I?" is answered with how long to wait. A refusal closes the gate for as long as the
/// server asked, or for a time that doubles with each refusal in a row.
package struct WindowLimiter: Sendable {
    /// Requests admitted in any ``window``.
    package let quota: Int
    package let window: Duration
    /// Requests refused by the server so far.
    package private(set) var refusals = 0

    private var admitted: [ContinuousClock.Instant] = []
    private var first = 0
    private var closedUntil: ContinuousClock.Instant?
    private var refusalsInARow = 0

    /// The longest the gate stays closed on a server's word.
    private static let longestClosure = Duration.seconds(300)
    /// Added to what the server asked for, so that clocks need not agree.
    private static let margin = Duration.milliseconds(250)

    package init(quota: Int, window: Duration = .seconds(10)) {
        precondition(quota > 0)
        self.quota = quota
        self.window = window
    }

    /// Takes a place, or says how long until one may be free.
    package mutating func admit(at now: ContinuousClock.Instant) -> Duration? {
        let wait = wait(at: now)
        if wait > .zero { return wait }
        admitted.append(now)
        return nil
    }

    /// How long until a place may be free; zero when one is.
    package mutating func wait(at now: ContinuousClock.Instant) -> Duration {
        if let closedUntil, closedUntil > now { return now.duration(to: closedUntil) }
        while first < admitted.count, admitted[first] + window <= now { first += 1 }
        if first > quota {
            admitted.removeFirst(first)
            first = 0
        }
        guard admitted.count - first < quota else { return now.duration(to: admitted[first] + window) }
        return .zero
    }

    /// The server answered as usual.
    package mutating func succeeded() {
        refusalsInARow = 0
    }

    /// The server refused: 429 or 503.
    ///
    /// - Parameter retryAfter: What it asked for, `nil` when it did not say.
    package mutating func refused(retryAfter: Duration?, at now: ContinuousClock.Instant) {
        refusals += 1
        let doubled = min(Duration.milliseconds(500) * (1 << min(refusalsInARow, 4)), .seconds(5))
        refusalsInARow += 1
        let pause = min(retryAfter.map { $0 + Self.margin } ?? doubled, Self.longestClosure)
        closedUntil = max(closedUntil ?? now, now + pause)
    }

    /// Whether the gate is closed by a refusal.
    package func isClosed(at now: ContinuousClock.Instant) -> Bool {
        closedUntil.map { $0 > now } ?? false
    }
}
