import DequeModule
import Database

/// Lines on their way out, in order, each held until its batch is stored.
///
/// It only decides; ``LineForwarder`` writes.
struct HeldLines: Sendable {
    private struct Held: Sendable {
        let line: [UInt8]
        let number: Int
        let batch: Int
        let isMark: Bool
    }

    private var held: Deque<Held> = []
    private var released: [[UInt8]] = []

    mutating func add(_ line: StorableLine, batch: Int) {
        held.append(Held(line: line.line, number: line.number, batch: batch, isMark: line.isMark))
    }

    /// Releases the lines of a stored batch, except those that the database rejects, which are dropped.
    ///
    /// - Returns: The number of dropped lines; rejected lines that were released earlier do not count.
    mutating func release(batch: Int, except rejected: Set<Int> = []) -> Int {
        var dropped = 0
        while let first = held.first, first.batch <= batch {
            held.removeFirst()
            if rejected.contains(first.number) { dropped += 1 } else { released.append(first.line) }
        }
        return dropped
    }

    /// Releases all lines but the marks, which wait: a mark states that all before it is stored.
    mutating func releaseAllButMarks() {
        guard held.contains(where: { !$0.isMark }) else { return }
        released.append(contentsOf: held.lazy.filter { !$0.isMark }.map(\.line))
        held.removeAll { !$0.isMark }
    }

    var hasReleased: Bool { !released.isEmpty }

    /// Removes and returns the released lines.
    mutating func takeReleased() -> [[UInt8]] {
        defer { released = [] }
        return released
    }
}
