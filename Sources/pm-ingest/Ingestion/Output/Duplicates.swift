/// Counts the copies of recent things by their digests, and forgets the oldest beyond a bound.
package struct Duplicates: Sendable {
    private let capacity: Int
    private var copies: [UInt128: Int] = [:]
    private var order: [UInt128] = []
    private var oldest = 0
    /// Digests noted so far, whether or not they are remembered.
    package private(set) var noted = 0

    /// - Parameter capacity: Digests remembered; the default is 131,072, some 40 minutes of trades at 50 a second.
    package init(capacity: Int = 1 << 17) {
        precondition(capacity > 0)
        self.capacity = capacity
        copies.reserveCapacity(min(capacity, 1 << 12))
    }

    /// Notes one more copy; how many came before it.
    package mutating func note(_ digest: UInt128) -> Int {
        if let earlier = copies[digest] {
            copies[digest] = earlier + 1
            return earlier
        }
        noted += 1
        if order.count < capacity {
            order.append(digest)
        } else {
            copies[order[oldest]] = nil
            order[oldest] = digest
            oldest = (oldest + 1) % capacity
        }
        copies[digest] = 1
        return 0
    }

    package func contains(_ digest: UInt128) -> Bool { copies[digest] != nil }

    /// Takes all copies of one back, as if it had not been noted.
    package mutating func forget(_ digest: UInt128) {
        copies[digest] = nil  // its place in the order stays; at worst it is forgotten early next time
    }
}
