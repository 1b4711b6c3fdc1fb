/// Finds twins in repeated reads of REST: a twin counts when two reads in a row show it.
///
/// One read alone may list a row twice, where rows move between its pages.
struct TwinFinder: Sendable {
    /// Counts the copies of each tuple in the current read.
    private var copies = Duplicates(capacity: TradeSequencer.memory)
    /// Twins that the current read was the first to show.
    private var unconfirmed: Set<UInt128> = []
    /// Twins that the previous read was the first to show.
    private var confirmable: Set<UInt128> = []

    /// Starts a complete read: copies are counted from 0, and twins of the previous read can be confirmed.
    mutating func beginReading() {
        copies = Duplicates(capacity: TradeSequencer.memory)
        (confirmable, unconfirmed) = (unconfirmed, [])
    }

    /// Notes one more row of a tuple, and returns how many came before it in this read.
    mutating func occurrence(of tuple: UInt128) -> Int { copies.note(tuple) }

    /// Returns true if the previous read showed the twin too; else the next read can confirm it.
    mutating func confirms(_ twin: UInt128) -> Bool {
        guard !confirmable.contains(twin) else { return true }
        unconfirmed.insert(twin)
        return false
    }
}
