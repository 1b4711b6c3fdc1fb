import PMJSON
import PMRecord
import WebSockets

/// The CLOB's public routes. Source: docs/POLYMARKET.md, "CLOB REST".
struct CLOBAPI {
    let world: World
    let now: Timestamp

    func answer(_ path: [Substring], _ request: Request) -> Response {
        switch path.first {
        case "book", "books": return BookRoute(api: self).answer(path[0] == "books", request)
        case "clob-markets": return CLOBMarketRoute(api: self).market(path.dropFirst().first)
        case "markets-by-token": return CLOBMarketRoute(api: self).byToken(path.dropFirst().first)
        case "prices-history": return CLOBPricesHistoryRoute(api: self).answer(request)
        case "ok", nil: return Response(json: Array(#""OK""#.utf8))
        case "time": return Response(json: Array(String(now.milliseconds / 1_000).utf8))
        default: return Response(status: 404, error: "not found")
        }
    }

    /// The market of a token that has an order book; combos have none.
    func tradable(_ asset: String) -> (market: Int, outcome: Int)? {
        guard let found = world.index(ofAsset: asset), !world.markets[found.market].isClosed,
            !world.markets[found.market].isCombo
        else { return nil }
        return found
    }
}
