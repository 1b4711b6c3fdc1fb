/// What is due when: deadlines in order, each with its number.
struct TimerQueue<Instant: Comparable> {
    private var entries: [(due: Instant, number: UInt64)] = []

    /// The earliest deadline; `nil` when there is none.
    var next: Instant? { entries.last?.due }

    /// Adds a deadline; of two at the same instant the one added first comes first.
    mutating func add(_ number: UInt64, due: Instant) {
        // Latest first, so that what is due leaves from the end. New ones are mostly late: short search is
        // not worth a heap at the few dozen timers a loop has.
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].due > due { low = middle + 1 } else { high = middle }
        }
        entries.insert((due, number), at: low)
    }

    mutating func remove(_ number: UInt64) {
        entries.removeAll { $0.number == number }
    }

    /// Takes the earliest deadline out if it has come.
    mutating func takeDue(at now: Instant) -> UInt64? {
        guard let last = entries.last, last.due <= now else { return nil }
        entries.removeLast()
        return last.number
    }
}
