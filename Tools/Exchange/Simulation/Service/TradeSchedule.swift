/// Counts the trades that are due: a value without a clock of its own.
package struct TradeSchedule: Sendable {
    /// Rows a second.
    package var rate: Double
    /// Rows that remain; unlimited if `nil`.
    package private(set) var left: Int?
    package private(set) var isRunning = false
    package private(set) var isFinished = false

    private var duration: Duration?
    private var deadline: Duration?
    private var last = Duration.zero
    private var credit = 0.0

    package init(rate: Double, rows: Int? = nil, duration: Duration? = nil) {
        self.rate = rate
        left = rows
        self.duration = duration
    }

    package mutating func resume(at now: Duration) {
        guard !isRunning else { return }
        isRunning = true
        last = now
        if let duration {
            deadline = now + duration
            self.duration = nil
        }
    }

    package mutating func pause() { isRunning = false }
    package mutating func finish() { isFinished = true }

    /// The most rows that may be made now; 0 when none is due.
    package mutating func due(at now: Duration) -> Int {
        guard isRunning, !isFinished else { return 0 }
        credit += rate * ((now - last) / .seconds(1))
        last = now
        if let deadline, now >= deadline { finish() }
        return credit >= 1 ? left ?? .max : 0
    }

    /// Records the rows of one match, which may be more than were due.
    package mutating func took(_ rows: Int) {
        credit -= Double(rows)
        guard let before = left else { return }
        left = max(before - rows, 0)
        if left == 0 { finish() }
    }
}
