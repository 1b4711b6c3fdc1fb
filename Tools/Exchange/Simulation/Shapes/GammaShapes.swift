import PMJSON
import PMRecord

/// Markets, events and profiles as Gamma tells them.
struct GammaShapes {
    let world: World

    func writeMarket(_ market: Market, to row: inout JSONWriter) {
        let book = OrderBook(of: market, outcome: 0, seed: world.options.seed)
        let category = market.event.category
        row.feed("id", String(market.id))
        row.feed("question", market.title)
        row.feed("conditionId", market.conditionID)
        row.feed("slug", market.slug)
        row.feed("resolutionSource", "")
        row.feed("endDate", secondsText(market.end))
        row.feed("liquidity", decimalText(dollars: market.volume / 7))
        row.feed("startDate", secondsText(market.created))
        row.feed("image", category.icon)
        row.feed("icon", category.icon)
        row.feed("description", "Resolves as its title says.\nIn doubt, to the second outcome.")
        row.feed("outcomes", textOfArray: market.outcomes)
        row.feed("outcomePrices", textOfArray: [0, 1].map { priceText(market.price(of: $0)) })
        row.feed("volume", decimalText(dollars: market.volume))
        row.feed("active", true)
        row.feed("closed", market.isClosed)
        row.feed("createdAt", market.created.description)
        row.feed("updatedAt", world.start.description)
        row.feed("archived", false)
        row.feed("restricted", true)
        row.feed("questionID", questionID(of: market))
        row.feed("enableOrderBook", true)
        row.feed("orderPriceMinTickSize", digits: priceText(market.tick))
        row.feed("orderMinSize", 5)
        row.feed("volumeNum", dollars: market.volume)
        row.feed("liquidityNum", dollars: market.volume / 7)
        row.feed("endDateIso", String(market.end.description.prefix(10)))
        row.feed("startDateIso", String(market.created.description.prefix(10)))
        row.feed("volume24hr", dollars: market.volume24h)
        if category == .sports {
            let text = market.end.description
            row.feed("gameStartTime", "\(text.prefix(10)) \(text.dropFirst(11).prefix(8))+00")
        }
        row.feed("clobTokenIds", textOfArray: market.assets)
        row.feed("makerBaseFee", 1_000)
        row.feed("takerBaseFee", 1_000)
        row.feed("acceptingOrders", !market.isClosed)
        row.feed("negRisk", market.event.negativeRiskID != nil)
        if let id = market.event.negativeRiskID { row.feed("negRiskMarketID", id) }
        row.key("events")
        row.array { $0.object { writeEvent(market.event, markets: nil, to: &$0) } }
        writeTags(of: category, to: &row)
        row.feed("umaResolutionStatuses", textOfArray: market.isClosed ? ["proposed", "resolved"] : [])
        row.feed("lastTradePrice", digits: priceText(market.price(of: 0)))
        if !market.isClosed {
            if let bid = book.bids.first { row.feed("bestBid", digits: priceText(bid.price)) }
            if let ask = book.asks.first { row.feed("bestAsk", digits: priceText(ask.price)) }
        }
        row.feed("feesEnabled", true)
        row.feed("feeType", "\(category.rawValue)_fees")
        row.key("feeSchedule")
        row.object {
            $0.feed("exponent", 1)
            $0.feed("rate", digits: "0.05")
            $0.feed("takerOnly", true)
            $0.feed("rebateRate", digits: "0.15")
        }
    }

    /// - Parameter markets: Those of the event, where it is told by itself.
    func writeEvent(_ event: Event, markets: [Market]?, to row: inout JSONWriter) {
        row.feed("id", String(event.id))
        row.feed("ticker", event.slug)
        row.feed("slug", event.slug)
        row.feed("title", event.title)
        row.feed("active", true)
        row.feed("closed", markets?.allSatisfy(\.isClosed) ?? false)
        row.feed("negRisk", event.negativeRiskID != nil)
        if let series = event.series { row.feed("seriesSlug", series) }
        guard let markets else { return }
        row.feed("volume24hr", dollars: markets.map(\.volume24h).reduce(0, +))
        writeTags(of: event.category, to: &row)
        row.key("markets")
        row.array { array in
            for market in markets { array.object { writeMarket(market, to: &$0) } }
        }
    }

    func profile(of wallet: Wallet) -> [UInt8] {
        json {
            $0.feed("createdAt", wallet.created.description)
            $0.feed("proxyWallet", wallet.address)
            $0.feed("profileImage", "")
            $0.feed("displayUsernamePublic", !wallet.name.isEmpty)
            $0.feed("bio", "")
            $0.feed("pseudonym", wallet.pseudonym)
            $0.feed("name", wallet.name)
            $0.key("users")
            $0.array {
                $0.object {
                    $0.feed("id", String(70_000 + wallet.number))
                    $0.feed("creator", false)
                    $0.feed("mod", false)
                }
            }
            $0.feed("xUsername", "")
            $0.feed("verifiedBadge", wallet.character == .smart)
        }
    }

    private func writeTags(of category: Category, to row: inout JSONWriter) {
        row.key("tags")
        row.array { array in
            for tag in category.tags {
                array.object {
                    $0.feed("id", String(tag.id))
                    $0.feed("label", tag.label)
                    $0.feed("slug", tag.slug)
                }
            }
        }
    }

    private func questionID(of market: Market) -> String {
        var dice = Dice(seed: world.options.seed, for: "question \(market.id)")
        return "0x" + dice.hex(64)
    }
}

/// "2026-09-24T18:45:00Z".
private func secondsText(_ time: Timestamp) -> String { "\(time.description.prefix(19))Z" }
