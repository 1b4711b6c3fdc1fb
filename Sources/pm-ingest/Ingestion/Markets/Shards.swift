/// Which socket hears which assets: so many a socket, at most. Decides, never subscribes.
package struct Shards: Sendable {
    package struct Change: Equatable, Sendable {
        package let shard: Int
        package var added: [String] = []
        package var removed: [String] = []

        package init(shard: Int, added: [String] = [], removed: [String] = []) {
            self.shard = shard
            self.added = added
            self.removed = removed
        }
    }

    private let capacity: Int
    /// The assets of each, in the order in which they came.
    package private(set) var shards: [[String]] = []
    private var places: [String: Int] = [:]

    /// - Parameter capacity: Assets a socket. The default is 400.
    package init(capacity: Int = 400) {
        precondition(capacity > 0)
        self.capacity = capacity
    }

    package var count: Int { places.count }

    package func contains(_ asset: String) -> Bool { places[asset] != nil }

    /// Follows exactly these from now on.
    ///
    /// - Returns: What has to be said on which socket; one beyond those there are is to be opened.
    package mutating func follow(_ assets: [String]) -> [Change] {
        let wanted = Set(assets)
        return merged(remove(places.keys.filter { !wanted.contains($0) }.sorted()) + add(assets))
    }

    /// Follows these, too.
    package mutating func add(_ assets: [String]) -> [Change] {
        var changes: [Change] = []
        for asset in assets where places[asset] == nil {
            let shard = shards.firstIndex { $0.count < capacity } ?? shards.count
            if shard == shards.count { shards.append([]) }
            shards[shard].append(asset)
            places[asset] = shard
            changes.append(Change(shard: shard, added: [asset]))
        }
        return merged(changes)
    }

    /// Follows these no longer.
    package mutating func remove(_ assets: [String]) -> [Change] {
        var changes: [Change] = []
        for asset in assets {
            guard let shard = places.removeValue(forKey: asset) else { continue }
            shards[shard].removeAll { $0 == asset }
            changes.append(Change(shard: shard, removed: [asset]))
        }
        return merged(changes)
    }

    private func merged(_ changes: [Change]) -> [Change] {
        Dictionary(grouping: changes, by: \.shard).sorted { $0.key < $1.key }.map { shard, changes in
            Change(shard: shard, added: changes.flatMap(\.added), removed: changes.flatMap(\.removed))
        }
    }
}
