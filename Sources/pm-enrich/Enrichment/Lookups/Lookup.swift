import PMRecord
import PolymarketAPI

/// Identifies a look-up.
package enum LookupKey: Hashable, Sendable {
    case market(conditionID: String)
    case wallet(String)
    case book(asset: String)
    case owner(OwnerQuery)
    case leaderboard(Leaderboard.Period)

    /// The name in `enrichment_reason`.
    package var name: String {
        switch self {
        case .market: "market"
        case .wallet: "wallet"
        case .book: "book"
        case .owner: "owner"
        case .leaderboard: "leaderboard"
        }
    }

    /// The approximate memory of its texts, in bytes.
    var weight: Int {
        switch self {
        case .market(let text), .wallet(let text), .book(let text): text.utf8.count
        case .owner(let query):
            query.conditionID.utf8.count + query.asset.utf8.count
                + (query.transactionHash?.utf8.count ?? 0)
        case .leaderboard: 0
        }
    }

    /// - Parameter hasPolygon: Whether a Polygon node can be asked for receipts.
    func makeLookup(hasPolygon: Bool) -> any Lookup {
        switch self {
        case .market(let conditionID): MarketLookup(conditionID)
        case .wallet(let address): WalletLookup(address)
        case .book(let asset): BookLookup(asset)
        case .owner(let query): OwnerLookup(query, hasPolygon: hasPolygon)
        case .leaderboard(let period): LeaderboardLookup(period)
        }
    }
}

/// A look-up in one or more requests. Later requests may depend on earlier answers.
protocol Lookup: Sendable {
    /// Returns the first requests.
    func begin() -> [APIRequest]

    /// Takes an answer, and returns the requests that follow.
    ///
    /// - Throws: ``APIError`` for an unreadable answer. The scheduler then passes `.failed`, for which it does not throw.
    mutating func take(_ answer: LookupAnswer, to request: APIRequest) throws(APIError) -> [APIRequest]

    /// Returns the result, after every request has been answered.
    func result(at now: Timestamp) -> LookupResult
}
