import PMRecord

/// One instant on both clocks: the monotonic one, for deadlines, and the wall clock, for records.
package struct ClockReading: Sendable {
    package let instant: ContinuousClock.Instant
    package let time: Timestamp

    package init(instant: ContinuousClock.Instant, time: Timestamp) {
        self.instant = instant
        self.time = time
    }

    package static func now() -> ClockReading {
        ClockReading(instant: .now, time: .now())
    }

    package func advanced(by duration: Duration) -> ClockReading {
        ClockReading(instant: instant + duration, time: time.advanced(by: duration))
    }
}
