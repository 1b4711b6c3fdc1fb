import PMRecord
import PolymarketAPI

/// What a lookup came to.
package enum Finding: Sendable {
    case market(MarketFacts)
    indirect case wallet(WalletFinding)
    case book(OrderBook, asOf: Timestamp)
    /// The wallet behind a trade that came without one.
    case owner(String)
    case leaderboard([Leaderboard.Place])
    /// The service answered that there is none.
    case nothing
    case failed(String)

    /// What keeps a trade from being enriched in full.
    var problem: String? {
        switch self {
        case .market, .book, .owner, .leaderboard, .nothing: nil
        case .wallet(let wallet): wallet.problem
        case .failed(let reason): reason
        }
    }

    /// Whether another try may bring more.
    var isWanting: Bool {
        switch self {
        case .nothing, .failed: true
        case .wallet(let wallet): !wallet.isWhole
        case .market, .book, .owner, .leaderboard: false
        }
    }

    /// With what an earlier try brought and this one did not.
    func completed(by earlier: Finding?) -> Finding {
        switch (self, earlier) {
        case (.wallet(let wallet), .wallet(let earlier)?): .wallet(wallet.completed(by: earlier))
        case (.nothing, .wallet?), (.failed, .wallet?): earlier!
        default: self
        }
    }

    /// How long it may be used.
    ///
    /// A market is looked at again every five minutes, and at its end; the wallet of a whale every five minutes too, for
    /// what became of its portfolio; what was not found, or not in full, after 30 s.
    func lifetime(at now: Timestamp) -> Duration {
        switch self {
        case .market(let facts) where facts.isClosed: .seconds(86_400)
        case .market(let facts):
            if let end = facts.endDate, now < end {
                min(now.duration(to: end), .seconds(300))
            } else {
                .seconds(300)
            }
        case .wallet(let wallet) where wallet.isWhole:
            wallet.profile.isWatched ? .seconds(300) : .seconds(86_400)
        case .owner: .seconds(600)
        case .leaderboard: .seconds(3600)
        case .book: .seconds(1)
        case .wallet, .nothing, .failed: .seconds(30)
        }
    }

    /// How long after that it is still told while it is looked up anew.
    var grace: Duration {
        switch self {
        case .market: .seconds(3600)
        case .wallet(let wallet) where wallet.isWhole: .seconds(86_400)
        case .wallet, .owner, .leaderboard, .book, .nothing, .failed: .zero
        }
    }

    /// Bytes that it holds, roughly.
    var weight: Int {
        switch self {
        case .market(let facts): 300 + facts.json.count
        case .wallet(let wallet): wallet.weight
        case .book(let book, _): 300 + (book.bids.count + book.asks.count) * 16
        case .failed(let reason): 300 + reason.utf8.count
        case .owner, .nothing: 300
        case .leaderboard(let places): 300 + places.count * 150
        }
    }
}
