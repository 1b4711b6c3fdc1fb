/// Finds twins in repeated reads of REST: a twin counts when two reads in a row show it.
///
/// One read alone may list a row twice, where rows move between its pages.
struct TwinFinder: Sendable {
    /// Twins that the current read was the first to show.
    private var unconfirmed: Set<UInt128> = []
    /// Twins that the previous read was the first to show.
    private var confirmable: Set<UInt128> = []

    /// Starts a complete read: twins of the previous read can be confirmed.
    mutating func beginReading() {
        (confirmable, unconfirmed) = (unconfirmed, [])
    }

    /// Returns true if the previous read showed the twin too; else the next read can confirm it.
    mutating func confirms(_ twin: UInt128) -> Bool {
        guard !confirmable.contains(twin) else { return true }
        unconfirmed.insert(twin)
        return false
    }
}
