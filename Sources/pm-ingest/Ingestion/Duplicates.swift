import PMRecord

/// Tells a trade's second copy from its first, over a bounded number of recent trades.
///
/// From a feed, a second copy of a tuple is a duplicate. From REST, which shows real twins, the k-th copy has
/// occurrence k − 1.
package struct Duplicates: Sendable {
    private let capacity: Int
    private var copies: [UInt128: Int] = [:]
    private var order: [UInt128] = []
    private var oldest = 0

    /// - Parameter capacity: Trades remembered; the default is 131,072, some 40 minutes at 50 a second.
    package init(capacity: Int = 1 << 17) {
        precondition(capacity > 0)
        self.capacity = capacity
        copies.reserveCapacity(min(capacity, 1 << 12))
    }

    /// Notes one more copy of the tuple with that digest; how many came before it.
    package mutating func note(_ digest: UInt128) -> Int {
        if let earlier = copies[digest] {
            copies[digest] = earlier + 1
            return earlier
        }
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
}
