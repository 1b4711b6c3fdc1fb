import PMRecord
import PolymarketAPI

/// Asks for a market among the open ones, and then among the closed.
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

    mutating func take(_ answer: Answer, to request: APIRequest) throws(APIError) -> [APIRequest] {
        switch answer {
        case .body(let body): market = try Gamma.markets(in: body).first { $0.conditionID == conditionID }
        case .none: break
        case .failed(let reason):
            problem = reason
            return []
        }
        let closed = Gamma.market(conditionID, isClosed: true)
        return market == nil && request != closed ? [closed] : []
    }

    func finding(at now: Timestamp) -> Finding {
        if let problem { return .failed(problem) }
        return market.map { .market(MarketFacts($0, asOf: now)) } ?? .nothing
    }
}
