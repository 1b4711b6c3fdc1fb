import PMJSON
import PMRecord

/// Markets and events as Gamma writes them.
struct GammaRows {
    let world: World

    /// - Parameter includesEvents: Inside an event the markets have no `events`.
    func writeMarket(_ market: Market, includesEvents: Bool = true, to row: inout JSONWriter) {
        let book = OrderBook(of: market, outcome: 0, seed: world.options.seed)
        let category = market.event.category
        row.field("id", String(market.id))
        row.field("question", market.title)
        row.field("conditionId", market.shortConditionID)
        row.field("slug", market.slug)
        row.field("resolutionSource", "")
        row.field("endDate", secondsText(market.end))
        row.field("liquidity", decimalText(dollars: market.volume / 7))
        row.field("startDate", secondsText(market.created))
        row.field("image", category.icon)
        row.field("icon", category.icon)
        row.field("description", "Resolves as its title says.\nIn doubt, to the second outcome.")
        row.field("outcomes", textOfArray: market.outcomes)
        row.field("outcomePrices", textOfArray: [0, 1].map { priceText(market.price(of: $0)) })
        row.field("volume", decimalText(dollars: market.volume))
        row.field("active", true)
        row.field("closed", market.isClosed)
        row.field("createdAt", market.created.description)
        row.field("updatedAt", world.start.description)
        row.field("archived", false)
        row.field("restricted", true)
        row.field("questionID", questionID(of: market, seed: world.options.seed))
        row.field("enableOrderBook", true)
        row.field("orderPriceMinTickSize", digits: priceText(market.tick))
        row.field("orderMinSize", 5)
        row.field("volumeNum", dollars: market.volume)
        row.field("liquidityNum", dollars: market.volume / 7)
        row.field("endDateIso", String(market.end.description.prefix(10)))
        row.field("startDateIso", String(market.created.description.prefix(10)))
        row.field("volume24hr", dollars: market.volume24h)
        if market.isClosed { row.field("closedTime", secondsText(market.end)) }
        if category == .sports {
            let text = market.end.description
            row.field("gameStartTime", "\(text.prefix(10)) \(text.dropFirst(11).prefix(8))+00")
        }
        row.field("version", orNull: market.gammaVersion)
        if let tokens = market.gammaTokens {
            row.field("clobTokenIds", textOfArray: tokens)
        } else {
            row.null("clobTokenIds")
        }
        if market.module.isV2 {
            row.field("positionIds", texts: market.assets)
            row.field("resolutionStatus", market.isClosed ? "resolved" : "active")
        }
        row.field("makerBaseFee", 1_000)
        row.field("takerBaseFee", 1_000)
        row.field("acceptingOrders", !market.isClosed)
        row.field("negRisk", market.event.negativeRiskID != nil)
        if let id = market.event.negativeRiskID { row.field("negRiskMarketID", id) }
        if includesEvents {
            row.key("events")
            row.array { $0.object { writeEvent(market.event, markets: nil, to: &$0) } }
        }
        writeTags(of: category, to: &row)
        row.field("umaResolutionStatuses", textOfArray: market.isClosed ? ["proposed", "resolved"] : [])
        row.field("lastTradePrice", digits: priceText(market.price(of: 0)))
        if !market.isClosed {
            if let bid = book.bids.first { row.field("bestBid", digits: priceText(bid.price)) }
            if let ask = book.asks.first { row.field("bestAsk", digits: priceText(ask.price)) }
        }
        row.field("feesEnabled", market.hasFees)
        row.field("feeType", "\(category.rawValue)_fees")
        row.key("feeSchedule")
        row.object {
            $0.field("exponent", 1)
            $0.field("rate", digits: "0.05")
            $0.field("takerOnly", true)
            $0.field("rebateRate", digits: "0.15")
        }
    }

    /// - Parameter markets: The markets of the event; `nil` inside a market.
    func writeEvent(
        _ event: Event, markets: [Market]?, includesMarkets: Bool = true, to row: inout JSONWriter
    ) {
        row.field("id", String(event.id))
        row.field("ticker", event.slug)
        row.field("slug", event.slug)
        row.field("title", event.title)
        row.field("active", true)
        row.field("closed", markets?.allSatisfy(\.isClosed) ?? false)
        row.field("negRisk", event.negativeRiskID != nil)
        if let id = event.negativeRiskID { row.field("negRiskMarketID", id) }
        if let series = event.series { row.field("seriesSlug", series) }
        guard let markets else { return }
        row.field("description", "Resolves as its title says.")
        row.field("startDate", secondsText(markets[0].created))
        row.field("endDate", secondsText(markets.map(\.end).max()!))
        row.field("volume24hr", dollars: markets.map(\.volume24h).reduce(0, +))
        writeTags(of: event.category, to: &row)
        guard includesMarkets else { return }
        row.key("markets")
        row.array { array in
            for market in markets { array.object { writeMarket(market, includesEvents: false, to: &$0) } }
        }
    }

    private func writeTags(of category: Category, to row: inout JSONWriter) {
        row.key("tags")
        row.array { array in
            for tag in category.tags {
                array.object {
                    $0.field("id", String(tag.id))
                    $0.field("label", tag.label)
                    $0.field("slug", tag.slug)
                }
            }
        }
    }
}
