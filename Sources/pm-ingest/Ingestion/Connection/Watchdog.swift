/// Decides whether a source of data has fallen silent. Judges by data, never by PONG: a frozen feed still answers pings
/// (docs/POLYMARKET.md, "Known misbehaviour").
///
/// A busy source is missed sooner than a quiet one: after twenty times its usual pause, within bounds.
package struct Watchdog: Sendable {
    package struct Bounds: Sendable {
        /// A shorter silence never counts. The default is 4 s, so that a busy feed is missed within 5 s.
        package var least = Duration.seconds(4)
        /// A longer silence always counts. The default is 28 s, so that a quiet feed is missed within 30 s.
        package var most = Duration.seconds(28)
        /// The longest wait for the first data after a subscription. The default is 20 s.
        package var first = Duration.seconds(20)

        package init() {}
    }

    private let bounds: Bounds
    private var last: ContinuousClock.Instant
    private var first: ContinuousClock.Instant?
    /// The usual pause between two arrivals, a moving average over about ten; `nil` until there were two.
    package private(set) var pause: Duration?

    /// Starts to watch.
    ///
    /// - Parameter pause: The usual pause that an earlier watchdog has learned.
    package init(_ bounds: Bounds, pause: Duration? = nil, at now: ContinuousClock.Instant) {
        self.bounds = bounds
        self.pause = pause
        last = now
    }

    /// Data arrived.
    package mutating func received(at now: ContinuousClock.Instant) {
        if first != nil {
            let latest = last.duration(to: now)
            pause = pause.map { $0 + (latest - $0) / 10 } ?? latest
        }
        first = first ?? now
        last = now
    }

    /// When the silence will have lasted too long.
    package var deadline: ContinuousClock.Instant {
        guard hasReceived else { return last + bounds.first }
        return last + max(bounds.least, min(bounds.most, (pause ?? bounds.most) * 20))
    }

    package func isSilent(at now: ContinuousClock.Instant) -> Bool { now >= deadline }

    /// When data last arrived; `nil` before any did.
    package var lastData: ContinuousClock.Instant? { hasReceived ? last : nil }

    /// Returns true if data had arrived at or before that time.
    package func hasReceived(before time: ContinuousClock.Instant) -> Bool {
        first.map { $0 <= time } ?? false
    }

    /// Returns true if data has arrived at or after that time.
    package func hasReceived(since time: ContinuousClock.Instant) -> Bool { hasReceived && last >= time }

    private var hasReceived: Bool { first != nil }
}
