import PMJSON
import PMRecord
import WebSockets

/// The CLOB's order books, and a Polygon node that knows the exchange's transactions.
struct ChainAPI {
    let world: World
    let now: Timestamp
    let visible: Int

    func clob(_ path: [Substring], _ request: Request) -> Response {
        switch path.first {
        case "book":
            guard let asset = request.parameter("token_id") else {
                return Response(status: 400, error: "Invalid token id")
            }
            guard let place = world.place(ofAsset: asset), !world.markets[place.market].isClosed else {
                return Response(status: 404, error: "No orderbook exists for the requested token id")
            }
            return Response(json: json { write(place, to: &$0) })
        case "books":
            guard let wanted = try? JSON(request.body), let assets = wanted.array else {
                return Response(status: 400, error: "Invalid payload")
            }
            let places = assets.compactMap { $0["token_id"]?.string.flatMap { world.place(ofAsset: $0) } }
                .filter { !world.markets[$0.market].isClosed }
            return Response(json: json(array: places) { write($1, to: &$0) })
        case "ok", nil: return Response(json: Array(#""OK""#.utf8))
        case "time": return Response(json: Array(String(now.milliseconds / 1_000).utf8))
        default: return Response(status: 404, error: "not found")
        }
    }

    /// JSON-RPC; one call, or a batch of them.
    func polygon(_ request: Request) -> Response {
        guard let body = try? JSON(request.body) else {
            return Response(json: rpcError(nil, -32700, "parse error"))
        }
        if let calls = body.array {
            var writer = JSONWriter()
            writer.array { array in
                for call in calls { array.raw(answer(call)) }
            }
            return Response(json: writer.bytes)
        }
        return Response(json: answer(body))
    }

    private func answer(_ call: JSON) -> [UInt8] {
        switch call["method"]?.string {
        case "eth_getTransactionReceipt":
            let hash = call["params"]?.array?.first?.string?.lowercased()
            let fills = world.truth[..<visible].filter {
                $0.transaction == hash && !$0.oddities.contains(.ghost)
            }
            return result(call) { row in
                if fills.isEmpty {
                    row.null()
                } else {
                    row.object { Receipt(world: world, fills: fills).write(to: &$0) }
                }
            }
        case "eth_blockNumber":
            return result(call) { $0.string("0x" + String(now.milliseconds / 2_000, radix: 16)) }
        case "eth_chainId":
            return result(call) { $0.string("0x89") }
        default:
            return rpcError(call["id"], -32601, "the method does not exist")
        }
    }

    private func result(_ call: JSON, _ content: (inout JSONWriter) -> Void) -> [UInt8] {
        json {
            $0.feed("jsonrpc", "2.0")
            $0.feed("id", digits: call["id"]?.numberText ?? "null")
            $0.key("result")
            content(&$0)
        }
    }

    private func rpcError(_ id: JSON?, _ code: Int, _ message: String) -> [UInt8] {
        json {
            $0.feed("jsonrpc", "2.0")
            $0.feed("id", digits: id?.numberText ?? "null")
            $0.key("error")
            $0.object {
                $0.feed("code", code)
                $0.feed("message", message)
            }
        }
    }

    private func write(_ place: (market: Int, outcome: Int), to row: inout JSONWriter) {
        let market = world.markets[place.market]
        MarketEvents(world, at: now).writeBook(market, outcome: place.outcome, to: &row)
        row.feed("min_order_size", "5")
        row.feed("neg_risk", market.event.negativeRiskID != nil)
    }
}
