import PMFlow

/// Decides when to connect again; never connects.
///
///     connecting ──opened──▶ receiving ──ended──▶ waiting ──pause is over──▶ connecting
///          └─────────────────failed────────────────▲
///
/// The pauses become short again only after a minute of data. A server that accepts and closes at once, or accepts and
/// stays silent, is therefore not tried more and more often.
package struct Reconnection<Randomness: RandomNumberGenerator> {
    /// How long data must arrive before a connection counts as good.
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

    /// Notes that data arrived.
    package mutating func received(at now: ContinuousClock.Instant) {
        firstData = firstData ?? now
        lastData = now
    }

    /// Notes that the connection ended, or that it could not be made.
    ///
    /// - Parameter retryAfter: The pause that the server asked for; the result is never shorter.
    /// - Returns: The pause before the next attempt.
    package mutating func ended(retryAfter: Duration? = nil) -> Duration {
        if let firstData, let lastData, firstData.duration(to: lastData) >= proof { backoff.reset() }
        (firstData, lastData) = (nil, nil)
        return max(backoff.next(), retryAfter ?? .zero)
    }
}
