/// A queue of timers, ordered by deadline; each has a number.
struct TimerQueue<Instant: Comparable> {
    private var entries: [(due: Instant, number: UInt64)] = []

    /// The earliest deadline; `nil` if there is none.
    var next: Instant? { entries.last?.due }

    /// Adds a deadline; of two equal ones, the one added first comes first.
    mutating func add(_ number: UInt64, due: Instant) {
        // Latest first, so that a due timer is removed at the end. A loop has a few dozen timers: a heap
        // would not be faster.
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

    /// Removes and returns the earliest timer if it is due.
    mutating func takeDue(at now: Instant) -> UInt64? {
        guard let last = entries.last, last.due <= now else { return nil }
        entries.removeLast()
        return last.number
    }
}
