import PMFlow
import PMRecord

/// What was found out, for as long as it may be used, and a while longer for as long as there is nothing better.
package struct FindingCaches: Sendable {
    /// What the caches may hold.
    package struct Bounds: Sendable {
        package var wallets = (entries: 8192, bytes: 8 << 20)
        package var markets = (entries: 2048, bytes: 3 << 20)
        package var books = (entries: 256, bytes: 1 << 20)
        package var owners = (entries: 1024, bytes: 1 << 20)

        package init() {}
    }

    private struct Kept {
        let finding: Finding
        /// Until when it need not be looked up anew.
        let fresh: ContinuousClock.Instant
        /// Until when it may be told while there is nothing better.
        let last: ContinuousClock.Instant
    }

    private var caches: [Cache<LookupKey, Kept>]

    package init(_ bounds: Bounds = Bounds()) {
        caches = [bounds.wallets, bounds.markets, bounds.books, bounds.owners].map {
            Cache(capacity: $0.entries, mostWeight: $0.bytes)
        }
    }

    package var hits: Int { caches.reduce(0) { $0 + $1.hits } }
    package var misses: Int { caches.reduce(0) { $0 + $1.misses } }

    /// Of each kind of finding, how often it was there when it was wanted, and how often not.
    package var figures: [(name: String, hits: Int, misses: Int)] {
        zip(["wallets", "markets", "books", "owners"], caches).map { ($0, $1.hits, $1.misses) }
    }

    package var wallets: Int { caches[0].count }
    package var markets: Int { caches[1].count }
    package var books: Int { caches[2].count }
    package var bytes: Int { caches.reduce(0) { $0 + $1.weight } }

    /// What is known, and whether it should be looked up anew meanwhile.
    mutating func finding(for key: LookupKey, at now: Moment) -> (finding: Finding, isStale: Bool)? {
        guard let place = place(of: key), let kept = caches[place].value(for: key, at: now.instant) else {
            return nil
        }
        return (kept.finding, kept.fresh <= now.instant)
    }

    /// Keeps a finding; a failure does not take the place of what is still good enough to tell.
    mutating func set(_ finding: Finding, for key: LookupKey, at now: Moment) {
        guard let place = place(of: key) else { return }
        let fresh = now.instant + finding.lifetime(at: now.time)
        var kept = Kept(finding: finding, fresh: fresh, last: fresh + finding.grace)
        if finding.problem != nil, let old = caches[place].staleValue(for: key), now.instant < old.last,
            old.finding.problem == nil, old.finding.grace > .zero
        {
            kept = Kept(finding: old.finding, fresh: fresh, last: old.last)
        }
        caches[place].set(kept, for: key, until: kept.last, weight: key.weight + kept.finding.weight)
    }

    private func place(of key: LookupKey) -> Int? {
        switch key {
        case .wallet: 0
        case .market: 1
        case .book: 2
        case .owner: 3
        case .leaderboard: nil
        }
    }
}
