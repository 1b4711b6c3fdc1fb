import PMRecord
import PolymarketAPI

/// The result of a look-up.
package enum LookupResult: Sendable {
    case market(MarketSnapshot)
    indirect case wallet(WalletSnapshot)
    case book(OrderBook, asOf: Timestamp)
    case owner(TradeOwner)
    case leaderboard([DataAPI.BoardPlace])
    case grading(GradingAnswer)
    /// The service answered that there is no such thing.
    case notFound
    case failed(String)

    /// The reason for which a trade with this result is not fully enriched; `nil` if it is.
    var problem: String? {
        switch self {
        case .market, .book, .owner, .leaderboard, .grading, .notFound: nil
        case .wallet(let wallet): wallet.problem
        case .failed(let reason): reason
        }
    }

    /// True if a retry may find more.
    var isIncomplete: Bool {
        switch self {
        case .notFound, .failed: true
        case .wallet(let wallet): !wallet.isComplete
        case .market, .book, .owner, .leaderboard, .grading: false
        }
    }

    /// Returns this result with the missing fields filled from an earlier one.
    func completed(by earlier: LookupResult?) -> LookupResult {
        switch (self, earlier) {
        case (.wallet(let wallet), .wallet(let earlier)?): .wallet(wallet.completed(by: earlier))
        case (.notFound, .wallet?), (.failed, .wallet?): earlier!
        default: self
        }
    }

    /// Returns how long the result stays fresh.
    ///
    /// A market is read again after five minutes, and at its end date. So are the wallet of a whale, to follow its
    /// portfolio, and one whose positions were not read in time. An incomplete result is read again after 30 s.
    func lifetime(at now: Timestamp) -> Duration {
        switch self {
        case .market(let market) where market.isClosed: .seconds(86_400)
        case .market(let market):
            if let end = market.endDate, now < end {
                min(now.duration(to: end), .seconds(300))
            } else {
                .seconds(300)
            }
        case .wallet(let wallet) where wallet.isComplete:
            wallet.profile.isWatched || wallet.profile.isInterrupted ? .seconds(300) : .seconds(86_400)
        case .owner: .seconds(600)
        case .leaderboard: .seconds(3600)
        case .book: .seconds(1)
        case .wallet, .grading, .notFound, .failed: .seconds(30)
        }
    }

    /// The time for which a stale result is used while it is refreshed.
    var staleLifetime: Duration {
        switch self {
        case .market: .seconds(3600)
        case .wallet(let wallet) where wallet.isComplete: .seconds(86_400)
        case .wallet, .owner, .leaderboard, .book, .grading, .notFound, .failed: .zero
        }
    }

    /// The approximate memory, in bytes.
    var weight: Int {
        switch self {
        case .market(let market): 300 + market.json.count
        case .wallet(let wallet): wallet.weight
        case .book(let book, _): 300 + (book.bids.count + book.asks.count) * 16
        case .failed(let reason): 300 + reason.utf8.count
        case .owner, .grading, .notFound: 300
        case .leaderboard(let places): 300 + places.count * 150
        }
    }
}
