import PMJSON
import WebSockets

/// `GET /prices-history`: `market` is a token id; `fidelity` is in minutes.
struct CLOBPricesHistoryRoute {
    let api: CLOBAPI

    private static let intervals = [
        "max": 90 * 86_400, "all": 90 * 86_400, "1m": 30 * 86_400, "1w": 7 * 86_400, "1d": 86_400,
        "6h": 21_600, "1h": 3_600,
    ]

    func answer(_ request: Request) -> Response {
        guard let token = request.parameter("market") else {
            return Response(status: 400, error: "market is required")
        }
        let now = Int(api.now.milliseconds / 1_000)
        let (first, last): (Int, Int)
        if let interval = request.parameter("interval") {
            guard let length = Self.intervals[interval] else {
                return Response(status: 400, error: "invalid interval")
            }
            (first, last) = (now - length, now)
        } else if let start = request.parameter("startTs").flatMap({ Int($0) }) {
            (first, last) = (start, request.parameter("endTs").flatMap { Int($0) } ?? now)
        } else {
            return Response(status: 400, error: "interval or startTs is required")
        }
        let step = max(request.parameter("fidelity").flatMap { Int($0) } ?? 10, 1) * 60
        var points: [(time: Int, price: Int)] = []
        if let (index, outcome) = api.world.index(ofAsset: token) {
            let path = PricePath(of: api.world.markets[index], outcome, seed: api.world.options.seed)
            points = stride(from: (first + step - 1) / step * step, through: min(last, now), by: step).prefix(
                20_000
            ).map { ($0, path.price(at: $0)) }
        }
        return Response(
            json: json {
                $0.key("history")
                $0.raw(
                    json(array: points) { (row: inout JSONWriter, point: (time: Int, price: Int)) in
                        row.field("t", point.time)
                        row.field("p", digits: priceText(point.price))
                    })
            })
    }
}
