import PMRecord
import PolymarketAPI

/// Finds the wallet of a trade: among the Data API's taker trades around its time, then among all trades, then in the
/// transaction's receipt.
struct OwnerLookup: Lookup {
    /// The delay after which the Data API usually shows a trade. Source: docs/POLYMARKET.md, "Data API v2".
    static let visibility = Duration.seconds(7)

    private let query: OwnerQuery
    private let hasPolygon: Bool
    private var wallet: String?
    /// The wallet of a similar trade, of any transaction: used if nothing better is found.
    private var guess: String?
    private var problem: String?

    init(_ query: OwnerQuery, hasPolygon: Bool) {
        self.query = query
        self.hasPolygon = hasPolygon
    }

    func begin() -> [APIRequest] { [trades(takerOnly: true)] }

    mutating func take(_ answer: LookupAnswer, to request: APIRequest) throws(APIError) -> [APIRequest] {
        switch answer {
        case .failed(let reason): problem = "\(request.route.rawValue): \(reason)"
        case .notFound: break
        case .body(let body) where request.route == .polygonReceipt:
            wallet = try Polygon.fills(in: body).flatMap { query.wallet(among: $0) }
        case .body(let body):
            let rows = try DataAPI.trades(in: body).rows
            wallet = query.wallet(ofTransactionAmong: rows)
            guess = guess ?? query.wallet(ofSimilarAmong: rows)
            if receipt == nil { wallet = wallet ?? guess }
        }
        return wallet == nil ? next(after: request) : []
    }

    func result(at now: Timestamp) -> LookupResult {
        if let wallet = wallet ?? guess { return .owner(wallet) }
        return problem.map { .failed($0) } ?? .notFound
    }

    private func next(after request: APIRequest) -> [APIRequest] {
        if request == trades(takerOnly: true) { return [trades(takerOnly: false)] }
        guard request.route == .dataTrades, let receipt else { return [] }
        return [receipt]
    }

    /// The request for the receipt, if there is a node to ask.
    private var receipt: APIRequest? {
        hasPolygon ? query.transactionHash.map { Polygon.receipt(of: $0) } : nil
    }

    private func trades(takerOnly: Bool) -> APIRequest {
        let tolerance = OwnerQuery.tolerance
        return DataAPI.trades(
            inMarket: query.conditionID, from: query.time.advanced(by: .zero - tolerance),
            to: query.time.advanced(by: tolerance), takerOnly: takerOnly)
    }
}
