import PMRecord
import PolymarketAPI

/// What a lookup came to.
package enum Finding: Sendable {
    case market(MarketFacts)
    /// - Parameters:
    ///   - json: The profile as it stands in a record, made once for all the trades it is in.
    ///   - problem: What of it could not be found out, if anything.
    case wallet(WalletProfile, json: [UInt8], problem: String?)
    case book(OrderBook, asOf: Timestamp)
    /// The service answered that there is none.
    case nothing
    case failed(String)

    /// What keeps a trade from being enriched in full.
    var problem: String? {
        switch self {
        case .market, .book, .nothing: nil
        case .wallet(_, _, let problem): problem
        case .failed(let reason): reason
        }
    }

    /// How long it may be used.
    ///
    /// A market is looked at again every five minutes, and at its end; what was not found, or not in full, after 30 s.
    func lifetime(at now: Timestamp) -> Duration {
        switch self {
        case .market(let facts) where facts.isClosed: .seconds(86_400)
        case .market(let facts):
            if let end = facts.endDate, now < end {
                min(now.duration(to: end), .seconds(300))
            } else {
                .seconds(300)
            }
        case .wallet(_, _, nil): .seconds(86_400)
        case .book: .seconds(1)
        case .wallet, .nothing, .failed: .seconds(30)
        }
    }
}
