import Database

/// Decides when the running store removes which old rows, a few at a time.
///
/// A round goes through all tables, and the next begins an hour later. Between two steps the store has time for lines:
/// with 50 rows each fifth of a second, a round keeps up with 250 trades a second.
package struct Retention: Sendable {
    package typealias Instant = ContinuousClock.Instant

    /// The most rows that one step removes: some milliseconds, by which a line may be late.
    package static let rowsPerStep = 50
    private static let pause = Duration.milliseconds(200)
    private static let period = Duration.seconds(3600)

    /// The age from which rows are removed.
    package let age: Duration
    /// The tables that this round has not finished.
    private var rest = PrunedTable.allCases[...]
    private var dueAt: Instant

    /// - Parameter start: The time of the first step.
    package init(of age: Duration, from start: Instant) {
        self.age = age
        dueAt = start
    }

    package func untilDue(at now: Instant) -> Duration { max(.zero, dueAt - now) }

    /// Returns the table to remove rows from; `nil` before the next step is due.
    package func next(at now: Instant) -> PrunedTable? { now >= dueAt ? rest.first : nil }

    /// Takes the result of a step.
    package mutating func note(removed count: Int, at now: Instant) {
        if count < Self.rowsPerStep { rest.removeFirst() }
        guard rest.isEmpty else { return dueAt = now + Self.pause }
        rest = PrunedTable.allCases[...]
        dueAt = now + Self.period
    }

    /// Tries the same again in the next round's time.
    package mutating func postpone(at now: Instant) { dueAt = now + Self.period }
}
