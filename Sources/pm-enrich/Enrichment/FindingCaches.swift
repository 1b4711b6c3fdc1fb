import PMFlow
import PMRecord

/// What was found out, for as long as it may be used.
package struct FindingCaches: Sendable {
    package private(set) var wallets: Cache<LookupKey, Finding>
    package private(set) var markets: Cache<LookupKey, Finding>
    package private(set) var books: Cache<LookupKey, Finding>

    package init(wallets: Int = 16_384, markets: Int = 8192, books: Int = 1024) {
        self.wallets = Cache(capacity: wallets)
        self.markets = Cache(capacity: markets)
        self.books = Cache(capacity: books)
    }

    mutating func finding(for key: LookupKey, at now: Moment) -> Finding? {
        switch key {
        case .wallet: wallets.value(for: key, at: now.instant)
        case .market: markets.value(for: key, at: now.instant)
        case .book: books.value(for: key, at: now.instant)
        }
    }

    mutating func set(_ finding: Finding, for key: LookupKey, at now: Moment) {
        let expiry = now.instant + finding.lifetime(at: now.time)
        switch key {
        case .wallet: wallets.set(finding, for: key, until: expiry)
        case .market: markets.set(finding, for: key, until: expiry)
        case .book: books.set(finding, for: key, until: expiry)
        }
    }

    package var hits: Int { wallets.hits + markets.hits + books.hits }
    package var misses: Int { wallets.misses + markets.misses + books.misses }
}
