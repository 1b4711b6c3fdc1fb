import PMRecord

/// How fast a recording is told.
package enum ReplaySpeed: Sendable, Equatable {
    /// As fast as the reader takes it.
    case max
    /// This many times as fast as it happened.
    case times(Double)
}

/// Says how long to wait before a line that happened at a given time.
package struct ReplayPace {
    private let speed: ReplaySpeed
    private var start: (recorded: Timestamp, now: ContinuousClock.Instant)?

    package init(_ speed: ReplaySpeed) {
        self.speed = speed
    }

    /// The wait before the line is due; zero for one that is late, or older than those before it.
    package mutating func wait(for time: Timestamp, at now: ContinuousClock.Instant) -> Duration {
        guard case .times(let factor) = speed else { return .zero }
        guard let start else {
            start = (time, now)
            return .zero
        }
        let due = start.now + start.recorded.duration(to: time) / factor
        return Swift.max(.zero, now.duration(to: due))
    }
}
