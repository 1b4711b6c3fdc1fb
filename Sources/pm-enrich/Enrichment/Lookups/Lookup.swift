import PMRecord
import PolymarketAPI

/// Something to be found out once, for all the trades that wait for it.
package enum LookupKey: Hashable, Sendable {
    case market(conditionID: String)
    case wallet(String)
    case book(asset: String)
    case owner(OwnerQuestion)
    case leaderboard(Leaderboard.Period)

    /// As it is called in reasons and figures.
    package var name: String {
        switch self {
        case .market: "market"
        case .wallet: "wallet"
        case .book: "book"
        case .owner: "owner"
        case .leaderboard: "leaderboard"
        }
    }

    /// Bytes of its texts.
    var weight: Int {
        switch self {
        case .market(let text), .wallet(let text), .book(let text): text.utf8.count
        case .owner(let question):
            question.conditionID.utf8.count + question.asset.utf8.count
                + (question.transactionHash?.utf8.count ?? 0)
        case .leaderboard: 0
        }
    }

    /// - Parameter hasPolygon: Whether the chain can be asked.
    func makeLookup(hasPolygon: Bool) -> any Lookup {
        switch self {
        case .market(let conditionID): MarketLookup(conditionID)
        case .wallet(let address): WalletLookup(address)
        case .book(let asset): BookLookup(asset)
        case .owner(let question): OwnerLookup(question, hasPolygon: hasPolygon)
        case .leaderboard(let period): LeaderboardLookup(period)
        }
    }
}

/// How something is found out: in one request or in many, some of which depend on what others brought.
protocol Lookup: Sendable {
    /// The requests to begin with.
    func begin() -> [APIRequest]

    /// Takes one answer in; the requests that follow from it.
    ///
    /// - Throws: What is wrong with it. It is then taken once more, as failed, of which nothing is thrown.
    mutating func take(_ answer: Answer, to request: APIRequest) throws(APIError) -> [APIRequest]

    /// What it came to, once every request is answered.
    func finding(at now: Timestamp) -> Finding
}
