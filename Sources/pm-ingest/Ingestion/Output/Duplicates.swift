import DequeModule

/// Counts the copies of recent digests. Beyond a bound it forgets the oldest.
package struct Duplicates: Sendable {
    private let capacity: Int
    private var copies: [UInt128: Int] = [:]
    /// The remembered digests, oldest first.
    private var order: Deque<UInt128> = []
    /// The number of different digests noted so far, including forgotten ones.
    package private(set) var noted = 0

    /// - Parameter capacity: The number of digests to remember. The default is 131,072: about 40 minutes of trades at
    ///   50 a second.
    package init(capacity: Int = 1 << 17) {
        precondition(capacity > 0)
        self.capacity = capacity
        copies.reserveCapacity(min(capacity, 1 << 12))
    }

    /// Notes one more copy, and returns how many came before it.
    package mutating func note(_ digest: UInt128) -> Int {
        if let earlier = copies[digest] {
            copies[digest] = earlier + 1
            return earlier
        }
        noted += 1
        if order.count == capacity { copies[order.removeFirst()] = nil }
        order.append(digest)
        copies[digest] = 1
        return 0
    }

    package func contains(_ digest: UInt128) -> Bool { copies[digest] != nil }

    /// Removes all copies of a digest, as if it had not been noted.
    package mutating func forget(_ digest: UInt128) {
        // Its entry in the order stays: at worst, the digest is forgotten early the next time.
        copies[digest] = nil
    }
}
