/// Counts the copies of recent digests. Beyond a bound it forgets the oldest.
///
/// A hash table of our own: a digest is a hash already, and a `Dictionary` hashes it again and looks it up three times
/// for each new trade (is it there, forget the oldest, add it), half of the time that a trade takes.
package struct Duplicates: Sendable {
    private struct Entry {
        let digest: UInt128
        /// 0 for a digest that was forgotten before its turn.
        var copies: Int
    }

    private let capacity: Int
    /// The remembered digests, in a ring: the oldest is at ``oldest`` once the ring is full.
    private var entries: [Entry] = []
    private var oldest = 0
    /// Open addressing with linear probing: the index of an entry plus one, or 0 for a free slot.
    private var slots: [UInt32]
    /// The number of different digests noted so far, including forgotten ones.
    package private(set) var noted = 0

    /// - Parameter capacity: The number of digests to remember. The default is 131,072: about 40 minutes of trades at
    ///   50 a second.
    package init(capacity: Int = 1 << 17) {
        precondition(1..<1 << 30 ~= capacity)
        self.capacity = capacity
        slots = [UInt32](repeating: 0, count: Self.leastSlots)
    }

    private static let leastSlots = 1 << 10

    /// Notes one more copy, and returns how many came before it.
    package mutating func note(_ digest: UInt128) -> Int {
        if let slot = slot(of: digest) {
            let entry = Int(slots[slot]) - 1
            defer { entries[entry].copies += 1 }
            return entries[entry].copies
        }
        noted += 1
        if entries.count == capacity {
            removeOldest()
            entries[oldest] = Entry(digest: digest, copies: 1)
            insert(oldest)
            oldest = oldest + 1 == capacity ? 0 : oldest + 1
        } else {
            if (entries.count + 1) * 2 > slots.count { grow() }
            entries.append(Entry(digest: digest, copies: 1))
            insert(entries.count - 1)
        }
        return 0
    }

    package func contains(_ digest: UInt128) -> Bool { slot(of: digest) != nil }

    /// Removes all copies of a digest, as if it had not been noted.
    package mutating func forget(_ digest: UInt128) {
        guard let slot = slot(of: digest) else { return }
        // Its place in the ring stays.
        entries[Int(slots[slot]) - 1].copies = 0
        free(slot)
    }

    /// Returns the slot of a digest; `nil` when it is not remembered.
    private func slot(of digest: UInt128) -> Int? {
        var slot = start(of: digest)
        while slots[slot] != 0 {
            if entries[Int(slots[slot]) - 1].digest == digest { return slot }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    private func start(of digest: UInt128) -> Int {
        // The digests of tests and of other hashes may have few different low bits.
        let mixed = (UInt64(truncatingIfNeeded: digest) ^ UInt64(truncatingIfNeeded: digest >> 64))
        return Int(truncatingIfNeeded: (mixed &* 0x9E37_79B9_7F4A_7C15) >> 32) & (slots.count - 1)
    }

    private mutating func insert(_ entry: Int) {
        var slot = start(of: entries[entry].digest)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = UInt32(entry + 1)
    }

    private mutating func removeOldest() {
        guard entries[oldest].copies > 0, let slot = slot(of: entries[oldest].digest) else { return }
        free(slot)
    }

    /// Frees a slot, and moves back the entries after it that would not be found across the hole.
    private mutating func free(_ freed: Int) {
        var (hole, slot) = (freed, freed)
        while true {
            slot = (slot + 1) & (slots.count - 1)
            guard slots[slot] != 0 else { break }
            let start = start(of: entries[Int(slots[slot]) - 1].digest)
            guard (slot - start) & (slots.count - 1) >= (slot - hole) & (slots.count - 1) else { continue }
            slots[hole] = slots[slot]
            hole = slot
        }
        slots[hole] = 0
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: slots.count * 2)
        for entry in entries.indices where entries[entry].copies > 0 { insert(entry) }
    }
}
