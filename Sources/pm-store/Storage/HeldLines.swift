import Collections
import Database

/// Lines on their way out, in order, each held until its batch is stored.
///
/// A value that decides; it writes nothing itself.
struct HeldLines: Sendable {
    private struct Held: Sendable {
        let line: [UInt8]
        let number: Int
        let batch: Int
        let isMark: Bool
    }

    private var held: Deque<Held> = []
    private var free: [[UInt8]] = []

    /// Bytes of the lines that are held.
    private(set) var heldBytes = 0

    mutating func add(_ entry: Entry, batch: Int) {
        held.append(Held(line: entry.line, number: entry.number, batch: batch, isMark: entry.isMark))
        heldBytes += entry.line.count
    }

    /// The batch is stored: its lines may leave, but for those that could not be.
    ///
    /// - Returns: How many of those were still here, and now never leave.
    mutating func release(batch: Int, except rejected: Set<Int> = []) -> Int {
        var kept = 0
        while let first = held.first, first.batch <= batch {
            held.removeFirst()
            heldBytes -= first.line.count
            if rejected.contains(first.number) { kept += 1 } else { free.append(first.line) }
        }
        return kept
    }

    /// The database has kept them long enough: all may leave but the marks, which say that what stands before
    /// them is stored.
    mutating func releaseAllButMarks() {
        guard held.contains(where: { !$0.isMark }) else { return }
        free.append(contentsOf: held.lazy.filter { !$0.isMark }.map(\.line))
        held.removeAll { !$0.isMark }
        heldBytes = held.reduce(0) { $0 + $1.line.count }
    }

    /// Takes what may leave.
    mutating func take() -> [[UInt8]] {
        defer { free = [] }
        return free
    }

    var isEmpty: Bool { held.isEmpty && free.isEmpty }
    var hasSomethingToTake: Bool { !free.isEmpty }
}
