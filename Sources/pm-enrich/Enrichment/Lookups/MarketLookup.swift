import PMRecord
import PolymarketAPI

/// Reads a market from the list of open ones, then from the closed ones.
struct MarketLookup: Lookup {
    private let conditionID: String
    private var market: Gamma.Market?
    private var problem: String?

    init(_ conditionID: String) {
        self.conditionID = conditionID
    }

    func begin() -> [APIRequest] {
        [Gamma.market(conditionID)]
    }

    mutating func take(_ answer: LookupAnswer, to request: APIRequest) throws(APIError) -> [APIRequest] {
        switch answer {
        case .body(let body): market = try Gamma.markets(in: body).first { $0.conditionID == conditionID }
        case .notFound: break
        case .failed(let reason):
            problem = reason
            return []
        }
        let closed = Gamma.market(conditionID, isClosed: true)
        return market == nil && request != closed ? [closed] : []
    }

    func result(at now: Timestamp) -> LookupResult {
        if let problem { return .failed(problem) }
        return market.map { .market(MarketSnapshot($0, asOf: now)) } ?? .notFound
    }
}
