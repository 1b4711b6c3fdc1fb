import PMFlow

/// When to try again: decides, never acts.
///
///     connecting ──opened──▶ listening ──ended──▶ waiting ──the wait is over──▶ connecting
///          └─────────────────failed────────────────▲
///
/// The back-off starts small again only after a minute of data: a server that accepts and closes at once, or
/// accepts and stays silent, is not asked ever faster.
package struct Reconnection<Randomness: RandomNumberGenerator> {
    /// Data must have come for so long before a connection counts as good.
    private let proof: Duration
    private var backoff: Backoff<Randomness>
    private var firstData: ContinuousClock.Instant?
    private var lastData: ContinuousClock.Instant?

    package init(
        _ intervals: Intervals = Intervals(), using randomness: Randomness = SystemRandomNumberGenerator()
    ) {
        proof = intervals.proof
        backoff = Backoff(
            from: intervals.shortestPause, to: intervals.longestPause, using: randomness)
    }

    /// A connection was opened.
    package mutating func opened() {
        (firstData, lastData) = (nil, nil)
    }

    /// A message with data came.
    package mutating func heard(at now: ContinuousClock.Instant) {
        firstData = firstData ?? now
        lastData = now
    }

    /// The connection ended, or none came about.
    ///
    /// - Parameter retryAfter: What the server asked for; never undercut.
    /// - Returns: How long to wait before the next attempt.
    package mutating func ended(retryAfter: Duration? = nil) -> Duration {
        if let firstData, let lastData, firstData.duration(to: lastData) >= proof { backoff.reset() }
        (firstData, lastData) = (nil, nil)
        return max(backoff.next(), retryAfter ?? .zero)
    }
}
