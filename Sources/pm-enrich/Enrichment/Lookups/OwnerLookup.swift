import PMRecord
import PolymarketAPI

/// Asks the Data API for the trades around one trade's time, first the takers', then everybody's, and the chain last.
struct OwnerLookup: Lookup {
    /// How long it takes until the Data API shows a trade. Source: POLYMARKET.md, A.4.
    static let visibility = Duration.seconds(7)

    private let question: OwnerQuestion
    private let hasPolygon: Bool
    private var wallet: String?
    /// Whose trade it is if nothing better is found: one like it is, of a transaction that may be another.
    private var guess: String?
    private var problem: String?

    init(_ question: OwnerQuestion, hasPolygon: Bool) {
        self.question = question
        self.hasPolygon = hasPolygon
    }

    func begin() -> [APIRequest] { [trades(takerOnly: true)] }

    mutating func take(_ answer: Answer, to request: APIRequest) throws(APIError) -> [APIRequest] {
        switch answer {
        case .failed(let reason): problem = "\(request.route.rawValue): \(reason)"
        case .none: break
        case .body(let body) where request.route == .polygonReceipt:
            wallet = try Polygon.fills(in: body).flatMap { question.wallet(among: $0) }
        case .body(let body):
            let rows = try DataAPI.trades(in: body).rows
            wallet = question.wallet(ofTransactionAmong: rows)
            guess = guess ?? question.wallet(ofLikeAmong: rows)
            if receipt == nil { wallet = wallet ?? guess }
        }
        return wallet == nil ? next(after: request) : []
    }

    func finding(at now: Timestamp) -> Finding {
        if let wallet = wallet ?? guess { return .owner(wallet) }
        return problem.map { .failed($0) } ?? .nothing
    }

    private func next(after request: APIRequest) -> [APIRequest] {
        if request == trades(takerOnly: true) { return [trades(takerOnly: false)] }
        guard request.route == .dataTrades, let receipt else { return [] }
        return [receipt]
    }

    /// What the chain is asked, if it can be.
    private var receipt: APIRequest? {
        hasPolygon ? question.transactionHash.map { Polygon.receipt(of: $0) } : nil
    }

    private func trades(takerOnly: Bool) -> APIRequest {
        let reach = OwnerQuestion.reach
        return DataAPI.trades(
            inMarket: question.conditionID, from: question.time.advanced(by: .zero - reach),
            to: question.time.advanced(by: reach), takerOnly: takerOnly)
    }
}
