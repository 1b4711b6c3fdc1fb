/// Judges by data, and never by PONG, whether something that is heard has fallen silent.
///
/// A busy feed is missed sooner than a quiet one: after twenty times its usual pause, within bounds.
package struct Watchdog: Sendable {
    package struct Bounds: Sendable {
        /// Silence that is never held against it. The default is 4 s, so that a busy feed is missed within 5.
        package var least = Duration.seconds(4)
        /// Silence that always is. The default is 28 s, so that a quiet feed is missed within 30.
        package var most = Duration.seconds(28)
        /// The time until the first data after a subscription. The default is 20 s.
        package var first = Duration.seconds(20)

        package init() {}
    }

    private let bounds: Bounds
    private var last: ContinuousClock.Instant
    private var first: ContinuousClock.Instant?
    /// The usual pause, a moving average that remembers some ten; `nil` until there were two.
    package private(set) var pause: Duration?

    /// Begins to listen.
    ///
    /// - Parameter pause: What an earlier one has learned.
    package init(_ bounds: Bounds, pause: Duration? = nil, at now: ContinuousClock.Instant) {
        self.bounds = bounds
        self.pause = pause
        last = now
    }

    package mutating func heard(at now: ContinuousClock.Instant) {
        if first != nil {
            let latest = last.duration(to: now)
            pause = pause.map { $0 + (latest - $0) / 10 } ?? latest
        }
        first = first ?? now
        last = now
    }

    /// When its silence will be too long.
    package var deadline: ContinuousClock.Instant {
        guard hasHeard else { return last + bounds.first }
        return last + max(bounds.least, min(bounds.most, (pause ?? bounds.most) * 20))
    }

    package var hasHeard: Bool { first != nil }

    /// When data last came; `nil` before any did.
    package var lastData: ContinuousClock.Instant? { first == nil ? nil : last }

    /// Whether it heard at that time already.
    package func hasHeard(before time: ContinuousClock.Instant) -> Bool { first.map { $0 <= time } ?? false }

    package func hasHeard(since time: ContinuousClock.Instant) -> Bool { hasHeard && last >= time }

    package func isSilent(at now: ContinuousClock.Instant) -> Bool { now >= deadline }
}
