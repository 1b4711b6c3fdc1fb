import PMRecord
import PolymarketAPI

/// What a lookup came to.
package enum Finding: Sendable {
    case market(MarketFacts)
    /// - Parameters:
    ///   - json: The profile as it stands in a record, made once for all the trades it is in.
    ///   - problem: What of it could not be found out, if anything.
    indirect case wallet(WalletProfile, json: [UInt8], problem: String?)
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
        case .wallet(_, _, let problem): problem
        case .failed(let reason): reason
        }
    }

    /// Whether another try may bring more.
    var isWanting: Bool {
        switch self {
        case .nothing, .failed: true
        case .wallet(_, _, let problem): problem != nil
        case .market, .book, .owner, .leaderboard: false
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
        case .wallet(let profile, _, nil): profile.isWatched ? .seconds(300) : .seconds(86_400)
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
        case .wallet(_, _, nil): .seconds(86_400)
        case .wallet, .owner, .leaderboard, .book, .nothing, .failed: .zero
        }
    }

    /// Bytes that it holds, roughly.
    var weight: Int {
        switch self {
        case .market(let facts): 300 + facts.json.count
        case .wallet(let profile, let json, _):
            500 + json.count + (profile.name?.utf8.count ?? 0) + (profile.pseudonym?.utf8.count ?? 0)
        case .book(let book, _): 300 + (book.bids.count + book.asks.count) * 16
        case .failed(let reason): 300 + reason.utf8.count
        case .owner, .nothing: 300
        case .leaderboard(let places): 300 + places.count * 150
        }
    }
}
