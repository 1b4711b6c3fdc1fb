/// Decides when to emit a mark: after a number of records, and after a period of time, also while idle.
package struct MarkSchedule: Sendable {
    private let period: Duration
    private let mostRecords: Int
    private var records = 0
    /// The time at which the next mark is due at the latest.
    package private(set) var deadline: ContinuousClock.Instant

    /// - Parameters:
    ///   - period: The longest time between two marks. The default is 1 s.
    ///   - mostRecords: The most records between two marks. The default is 200.
    package init(
        every period: Duration = .seconds(1), orAfter mostRecords: Int = 200, at now: ContinuousClock.Instant
    ) {
        self.period = period
        self.mostRecords = mostRecords
        deadline = now + period
    }

    /// Counts an emitted record.
    ///
    /// - Returns: `true` when a mark is due after it.
    package mutating func recordEmitted() -> Bool {
        records += 1
        return records >= mostRecords
    }

    package func isDue(at now: ContinuousClock.Instant) -> Bool { now >= deadline }

    /// Restarts the count and the period after a mark.
    package mutating func markEmitted(at now: ContinuousClock.Instant) {
        records = 0
        deadline = now + period
    }
}
