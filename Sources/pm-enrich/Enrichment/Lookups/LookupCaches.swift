import PMFlow
import PMRecord

/// The results of look-ups: fresh for their lifetime, and stale for a while longer, until there is a newer one.
package struct LookupCaches: Sendable {
    /// The most entries and bytes of each cache.
    package struct Bounds: Sendable {
        package var wallets = (entries: 8192, bytes: 8 << 20)
        package var markets = (entries: 2048, bytes: 3 << 20)
        package var books = (entries: 256, bytes: 1 << 20)
        package var owners = (entries: 1024, bytes: 1 << 20)

        package init() {}
    }

    private struct CachedResult {
        let result: LookupResult
        let freshUntil: ContinuousClock.Instant
        let usableUntil: ContinuousClock.Instant
    }

    private var caches: [Cache<LookupKey, CachedResult>]

    package init(_ bounds: Bounds = Bounds()) {
        caches = [bounds.wallets, bounds.markets, bounds.books, bounds.owners].map {
            Cache(capacity: $0.entries, maxWeight: $0.bytes)
        }
    }

    package var hits: Int { caches.reduce(0) { $0 + $1.hits } }
    package var misses: Int { caches.reduce(0) { $0 + $1.misses } }

    /// The hits and misses of each cache.
    var figures: [(name: String, hits: Int, misses: Int)] {
        zip(["wallets", "markets", "books", "owners"], caches).map { ($0, $1.hits, $1.misses) }
    }

    var wallets: Int { caches[0].count }
    var markets: Int { caches[1].count }
    var books: Int { caches[2].count }
    var bytes: Int { caches.reduce(0) { $0 + $1.weight } }

    /// Returns the cached result, and whether it should be refreshed.
    mutating func result(
        for key: LookupKey, at now: ClockReading
    ) -> (result: LookupResult, isStale: Bool)? {
        guard let index = index(of: key), let cached = caches[index].value(for: key, at: now.instant) else {
            return nil
        }
        return (cached.result, cached.freshUntil <= now.instant)
    }

    /// Stores a result. A failure does not replace a result that is still usable; it only delays the next refresh.
    mutating func set(_ result: LookupResult, for key: LookupKey, at now: ClockReading) {
        guard let index = index(of: key) else { return }
        let freshUntil = now.instant + result.lifetime(at: now.time)
        var cached = CachedResult(
            result: result, freshUntil: freshUntil, usableUntil: freshUntil + result.staleLifetime)
        if result.problem != nil, let old = caches[index].staleValue(for: key),
            now.instant < old.usableUntil, old.result.problem == nil, old.result.staleLifetime > .zero
        {
            cached = CachedResult(
                result: old.result, freshUntil: freshUntil, usableUntil: old.usableUntil)
        }
        caches[index].set(
            cached, for: key, until: cached.usableUntil, weight: key.weight + cached.result.weight)
    }

    /// Returns true if the last result, fresh or not, was that there is no such thing.
    func wasAbsent(_ key: LookupKey) -> Bool {
        guard let index = index(of: key), case .notFound? = caches[index].staleValue(for: key)?.result else {
            return false
        }
        return true
    }

    private func index(of key: LookupKey) -> Int? {
        switch key {
        case .wallet: 0
        case .market, .token, .combo: 1
        case .book: 2
        case .owner, .holdings, .fills: 3
        case .leaderboard, .grading: nil
        }
    }
}
