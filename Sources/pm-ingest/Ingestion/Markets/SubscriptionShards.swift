/// Assigns assets to sockets of the market channel, with a bounded number of assets per socket.
package struct SubscriptionShards: Sendable {
    /// A change to the subscription of one socket.
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
    private var assetsByShard: [[String]] = []
    private var shardByAsset: [String: Int] = [:]

    /// - Parameter capacity: The most assets per socket. The default is 400.
    package init(capacity: Int = 400) {
        precondition(capacity > 0)
        self.capacity = capacity
    }

    /// The number of assets.
    package var count: Int { shardByAsset.count }

    package func contains(_ asset: String) -> Bool { shardByAsset[asset] != nil }

    /// Returns the assets of a socket, in the order in which they were added; none for a socket that has none.
    package func assets(of shard: Int) -> [String] {
        assetsByShard.indices.contains(shard) ? assetsByShard[shard] : []
    }

    /// Replaces the set of assets.
    ///
    /// - Returns: The changes to make on each socket. A shard without a socket needs a new one.
    package mutating func replace(with assets: [String]) -> [Change] {
        let wanted = Set(assets)
        return merged(remove(shardByAsset.keys.filter { !wanted.contains($0) }.sorted()) + add(assets))
    }

    package mutating func add(_ assets: [String]) -> [Change] {
        var changes: [Change] = []
        for asset in assets where shardByAsset[asset] == nil {
            let shard = assetsByShard.firstIndex { $0.count < capacity } ?? assetsByShard.count
            if shard == assetsByShard.count { assetsByShard.append([]) }
            assetsByShard[shard].append(asset)
            shardByAsset[asset] = shard
            changes.append(Change(shard: shard, added: [asset]))
        }
        return merged(changes)
    }

    package mutating func remove(_ assets: [String]) -> [Change] {
        var changes: [Change] = []
        for asset in assets {
            guard let shard = shardByAsset.removeValue(forKey: asset) else { continue }
            assetsByShard[shard].removeAll { $0 == asset }
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
