import PMRecord

/// The speed of a replay.
package enum ReplaySpeed: Sendable, Equatable {
    /// As fast as the reader takes lines.
    case max
    /// A multiple of the recorded speed.
    case times(Double)
}

/// Computes when each line of a replay is due.
package struct ReplayPace {
    private let speed: ReplaySpeed
    private var start: (recorded: Timestamp, now: ContinuousClock.Instant)?

    package init(_ speed: ReplaySpeed) {
        self.speed = speed
    }

    /// True if no line ever waits.
    package var isUnlimited: Bool { speed == .max }

    /// Returns how long to wait before a line is due.
    ///
    /// - Parameter time: The recorded time of the line.
    /// - Returns: Zero for a line that is late, or older than the first line.
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
