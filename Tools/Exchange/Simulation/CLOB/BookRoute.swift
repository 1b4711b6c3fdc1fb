import PMJSON
import WebSockets

/// `GET /book` and `POST /books`.
struct BookRoute {
    let api: CLOBAPI

    private static let mostBooks = 500

    func answer(_ isList: Bool, _ request: Request) -> Response {
        isList ? books(request) : book(request)
    }

    private func book(_ request: Request) -> Response {
        guard let asset = request.parameter("token_id") else {
            return Response(status: 400, error: "Invalid token id")
        }
        guard let found = api.tradable(asset) else {
            return Response(status: 404, error: "No orderbook exists for the requested token id")
        }
        return Response(json: json { write(found, to: &$0) })
    }

    /// A flat array of `{"token_id":…}`; any other JSON gives an empty list, not an error.
    private func books(_ request: Request) -> Response {
        guard let body = try? JSON(request.body) else {
            return Response(status: 400, error: "Invalid payload")
        }
        guard let asked = body.array else { return Response(json: Array("[]".utf8)) }
        guard asked.count <= Self.mostBooks else {
            return Response(status: 400, error: "Payload exceeds the limit")
        }
        let found = asked.compactMap { $0["token_id"]?.string.flatMap { api.tradable($0) } }
        return Response(json: json(array: found) { write($1, to: &$0) })
    }

    private func write(_ found: (market: Int, outcome: Int), to row: inout JSONWriter) {
        let market = api.world.markets[found.market]
        MarketEvents(api.world, at: api.now).writeBook(
            market, outcome: found.outcome, isFrame: false, to: &row)
        row.field("min_order_size", "5")
        row.field("neg_risk", market.event.negativeRiskID != nil)
    }
}
