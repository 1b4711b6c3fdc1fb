/// An LRU cache with expiry, bounded by entries and by weight.
///
/// Time is an argument. Overwriting a key evicts no other entry unless the weight grows.
package struct Cache<Key: Hashable, Value> {
    fileprivate struct Entry {
        let key: Key
        var value: Value
        var expiry: ContinuousClock.Instant
        var weight: Int
        var older: Int?
        var newer: Int?
    }

    package let capacity: Int
    /// The most that the entries may weigh together, in the caller's units.
    package let maxWeight: Int
    package private(set) var weight = 0
    package private(set) var hits = 0
    package private(set) var misses = 0

    private var entries: [Entry?] = []
    private var free: [Int] = []
    private var indices: [Key: Int] = [:]
    private var oldest: Int?
    private var newest: Int?

    /// - Parameters:
    ///   - capacity: The most entries; at least 1.
    ///   - maxWeight: The most that they may weigh together, in bytes for example. The default is unbounded.
    package init(capacity: Int, maxWeight: Int = .max) {
        precondition(capacity > 0)
        self.capacity = capacity
        self.maxWeight = maxWeight
    }

    package var count: Int { indices.count }

    /// Returns the value if it is present and fresh, and counts a hit or a miss.
    package mutating func value(for key: Key, at now: ContinuousClock.Instant) -> Value? {
        guard let index = indices[key], entries[index]!.expiry > now else {
            misses += 1
            return nil
        }
        hits += 1
        touch(index)
        return entries[index]!.value
    }

    /// Returns the value even when it has expired, for use while its source fails. Counts nothing.
    package func staleValue(for key: Key) -> Value? {
        indices[key].map { entries[$0]!.value }
    }

    /// Stores a value, and evicts the least recently used entries until all fit, but never this one.
    package mutating func set(
        _ value: Value, for key: Key, until expiry: ContinuousClock.Instant, weight: Int = 0
    ) {
        if let index = indices[key] {
            self.weight += weight - entries[index]!.weight
            entries[index]!.value = value
            entries[index]!.expiry = expiry
            entries[index]!.weight = weight
            touch(index)
            return evict()
        }
        if count == capacity, let oldest { remove(oldest) }
        let entry = Entry(key: key, value: value, expiry: expiry, weight: weight)
        self.weight += weight
        let index: Int
        if let reused = free.popLast() {
            index = reused
            entries[index] = entry
        } else {
            index = entries.count
            entries.append(entry)
        }
        indices[key] = index
        attach(index)
        evict()
    }

    /// Changes a value in its place, so that a large one is not copied. Inserts one if there is none.
    ///
    /// - Parameter body: Returns the new weight.
    package mutating func update(
        for key: Key, orInsert initial: @autoclosure () -> Value, until expiry: ContinuousClock.Instant,
        _ body: (inout Value) -> Int
    ) {
        if indices[key] == nil { set(initial(), for: key, until: expiry) }
        let index = indices[key]!
        let newWeight = body(&entries[index]!.value)
        weight += newWeight - entries[index]!.weight
        entries[index]!.weight = newWeight
        entries[index]!.expiry = expiry
        touch(index)
        evict()
    }

    package mutating func removeValue(for key: Key) {
        if let index = indices[key] { remove(index) }
    }

    private mutating func evict() {
        while weight > maxWeight, let oldest, oldest != newest { remove(oldest) }
    }

    private mutating func touch(_ index: Int) {
        guard index != newest else { return }
        detach(index)
        attach(index)
    }

    private mutating func remove(_ index: Int) {
        detach(index)
        indices[entries[index]!.key] = nil
        weight -= entries[index]!.weight
        entries[index] = nil
        free.append(index)
    }

    private mutating func detach(_ index: Int) {
        let (older, newer) = (entries[index]!.older, entries[index]!.newer)
        if let older { entries[older]!.newer = newer } else { oldest = newer }
        if let newer { entries[newer]!.older = older } else { newest = older }
    }

    private mutating func attach(_ index: Int) {
        entries[index]!.older = newest
        entries[index]!.newer = nil
        if let newest { entries[newest]!.newer = index } else { oldest = index }
        newest = index
    }
}

extension Cache: Sendable where Key: Sendable, Value: Sendable {}
extension Cache.Entry: Sendable where Key: Sendable, Value: Sendable {}
