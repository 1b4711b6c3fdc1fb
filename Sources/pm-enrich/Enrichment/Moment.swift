import PMRecord

/// Now, by the clock that deadlines run by and by the one that people read.
package struct Moment: Sendable {
    package let instant: ContinuousClock.Instant
    package let time: Timestamp

    package init(instant: ContinuousClock.Instant, time: Timestamp) {
        self.instant = instant
        self.time = time
    }

    package static func now() -> Moment {
        Moment(instant: .now, time: .now())
    }

    package func advanced(by duration: Duration) -> Moment {
        Moment(instant: instant + duration, time: time.advanced(by: duration))
    }
}
