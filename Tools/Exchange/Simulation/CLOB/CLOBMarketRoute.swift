import PMJSON
import WebSockets

/// `GET /clob-markets/{condition}` and `GET /markets-by-token/{id}`.
struct CLOBMarketRoute {
    let api: CLOBAPI

    /// Only ids with 64 digits are found.
    func market(_ id: Substring?) -> Response {
        guard let id, id.utf8.count == 66, let index = api.world.index(ofCondition: String(id)),
            !api.world.markets[index].isCombo
        else { return Response(status: 404, error: "market not found") }
        let market = api.world.markets[index]
        return Response(
            json: json { row in
                row.field("c", market.conditionID)
                row.key("t")
                row.array { array in
                    for outcome in 0...1 {
                        array.object {
                            $0.field("t", market.assets[outcome])
                            $0.field("o", market.outcomes[outcome])
                        }
                    }
                }
                row.field("mos", 5)
                row.field("mts", digits: priceText(market.tick))
                row.field("nr", market.event.negativeRiskID != nil)
                row.field("mbf", 1_000)
                row.field("tbf", 1_000)
                if market.hasFees {
                    row.key("fd")
                    row.object {
                        $0.field("r", digits: "\(feeRate)")
                        $0.field("e", 1)
                        $0.field("to", true)
                    }
                }
                if market.module.isV2 { row.field("v", "v2") }
            })
    }

    func byToken(_ id: Substring?) -> Response {
        guard let id, let (index, _) = api.world.index(ofAsset: String(id)), !api.world.markets[index].isCombo
        else { return Response(status: 404, error: "market not found") }
        let market = api.world.markets[index]
        return Response(
            json: json {
                $0.field("condition_id", market.conditionID)
                $0.field("primary_token_id", market.assets[0])
                $0.field("secondary_token_id", market.assets[1])
            })
    }
}
