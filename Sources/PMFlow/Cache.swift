/// A bounded map with expiry that forgets what was least recently used.
///
/// Time is an argument. Overwriting a key never evicts another.
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
    /// What the entries may weigh together, in units of the caller's.
    package let mostWeight: Int
    package private(set) var weight = 0
    package private(set) var hits = 0
    package private(set) var misses = 0

    private var entries: [Entry?] = []
    private var free: [Int] = []
    private var places: [Key: Int] = [:]
    private var oldest: Int?
    private var newest: Int?

    /// - Parameters:
    ///   - capacity: Entries at most; at least 1.
    ///   - mostWeight: What they may weigh together, bytes for example; without bound by default.
    package init(capacity: Int, mostWeight: Int = .max) {
        precondition(capacity > 0)
        self.capacity = capacity
        self.mostWeight = mostWeight
    }

    package var count: Int { places.count }

    /// The value, if it is there and fresh; counts a hit or a miss.
    package mutating func value(for key: Key, at now: ContinuousClock.Instant) -> Value? {
        guard let place = places[key], entries[place]!.expiry > now else {
            misses += 1
            return nil
        }
        hits += 1
        touch(place)
        return entries[place]!.value
    }

    /// The value even when it has expired, for the time in which its source fails; counts nothing.
    package func staleValue(for key: Key) -> Value? {
        places[key].map { entries[$0]!.value }
    }

    /// - Parameter weight: What it weighs; the least recently used leave until all fit, but never this one.
    package mutating func set(
        _ value: Value, for key: Key, until expiry: ContinuousClock.Instant, weight: Int = 0
    ) {
        if let place = places[key] {
            self.weight += weight - entries[place]!.weight
            entries[place]!.value = value
            entries[place]!.expiry = expiry
            entries[place]!.weight = weight
            touch(place)
            return shed()
        }
        if count == capacity, let oldest { remove(oldest) }
        let entry = Entry(key: key, value: value, expiry: expiry, weight: weight)
        self.weight += weight
        let place: Int
        if let reused = free.popLast() {
            place = reused
            entries[place] = entry
        } else {
            place = entries.count
            entries.append(entry)
        }
        places[key] = place
        attach(place)
        shed()
    }

    package mutating func removeValue(for key: Key) {
        if let place = places[key] { remove(place) }
    }

    private mutating func shed() {
        while weight > mostWeight, let oldest, oldest != newest { remove(oldest) }
    }

    private mutating func touch(_ place: Int) {
        guard place != newest else { return }
        detach(place)
        attach(place)
    }

    private mutating func remove(_ place: Int) {
        detach(place)
        places[entries[place]!.key] = nil
        weight -= entries[place]!.weight
        entries[place] = nil
        free.append(place)
    }

    private mutating func detach(_ place: Int) {
        let (older, newer) = (entries[place]!.older, entries[place]!.newer)
        if let older { entries[older]!.newer = newer } else { oldest = newer }
        if let newer { entries[newer]!.older = older } else { newest = older }
    }

    private mutating func attach(_ place: Int) {
        entries[place]!.older = newest
        entries[place]!.newer = nil
        if let newest { entries[newest]!.newer = place } else { oldest = place }
        newest = place
    }
}

extension Cache: Sendable where Key: Sendable, Value: Sendable {}
extension Cache.Entry: Sendable where Key: Sendable, Value: Sendable {}
