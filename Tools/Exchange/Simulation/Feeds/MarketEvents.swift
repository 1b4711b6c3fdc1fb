import PMJSON
import PMRecord

/// The events of the market channel. Numbers are texts; times are milliseconds.
package struct MarketEvents {
    let world: World
    let time: Timestamp

    package init(_ world: World, at time: Timestamp) {
        self.world = world
        self.time = time
    }

    /// - Parameter isFrame: A frame of the feed has `event_type`, and now and then no tick size; an answer of
    ///   `/book` always has one.
    func writeBook(_ market: Market, outcome: Int, isFrame: Bool = true, to event: inout JSONWriter) {
        event.field("market", market.conditionID)
        event.field("asset_id", market.assets[outcome])
        event.field("timestamp", String(time.milliseconds))
        event.field("hash", hash("book", market, outcome))
        writeLevels(OrderBook(of: market, outcome: outcome, seed: world.options.seed), to: &event)
        event.field("tick_size", isFrame && market.id.isMultiple(of: 23) ? "" : priceText(market.tick))
        // Without a trade yet there is no last price.
        event.field("last_trade_price", market.moves == 0 ? "" : priceText(market.price(of: outcome)))
        if market.module.isV2 { event.field("version", "v2") }
        if isFrame { event.field("event_type", "book") }
    }

    /// Bids and asks, the worst price first, as the exchange sends them.
    func writeLevels(_ book: OrderBook, to event: inout JSONWriter) {
        for (name, levels) in [("bids", book.bids), ("asks", book.asks)] {
            event.key(name)
            event.array { array in
                for level in levels.reversed() {
                    array.object {
                        $0.field("price", priceText(level.price))
                        $0.field("size", level.size)
                    }
                }
            }
        }
    }

    /// A trade: the taker's side, and no wallet.
    package func lastTradePrice(_ fill: Fill) -> [UInt8] {
        let market = world.markets[fill.market]
        return json {
            $0.field("market", market.conditionID)
            $0.field("asset_id", market.assets[fill.outcome])
            // ".48", as the exchange has been seen to write it
            $0.field(
                "price",
                fill.quirks.contains(.textualNumbers) ? String(fill.price.drop { $0 == "0" }) : fill.price)
            $0.field("size", fill.size)
            $0.field("fee_rate_bps", "0")
            $0.field("side", fill.side.rawValue)
            $0.field("timestamp", String(fill.time.milliseconds))
            $0.field("event_type", "last_trade_price")
            if !fill.quirks.contains(.unknownOutcome) { $0.field("transaction_hash", fill.transaction) }
        }
    }

    /// A change of one level and of its mirror, as it is today.
    package func priceChange(_ market: Market, isBid: Bool, number: Int) -> [UInt8] {
        let books = [0, 1].map { OrderBook(of: market, outcome: $0, seed: world.options.seed) }
        let changed = (isBid ? books[0].bids : books[0].asks).first
        let price = changed?.price ?? market.price
        return json {
            $0.field("market", market.conditionID)
            $0.key("price_changes")
            $0.array { array in
                for (outcome, side) in [(0, isBid), (1, !isBid)] {
                    array.object {
                        $0.field("asset_id", market.assets[outcome])
                        $0.field("price", priceText(outcome == 0 ? price : 1_000 - price))
                        $0.field("size", changed?.size ?? "0")
                        $0.field("side", side ? "BUY" : "SELL")
                        $0.field("hash", hash("change \(number)", market, outcome))
                        $0.field("best_bid", books[outcome].bids.first.map { priceText($0.price) } ?? "")
                        $0.field("best_ask", books[outcome].asks.first.map { priceText($0.price) } ?? "")
                    }
                }
            }
            $0.field("timestamp", String(time.milliseconds))
            $0.field("event_type", "price_change")
        }
    }

    /// The same, flat, as it was until September 2025.
    package func flatPriceChange(_ market: Market, number: Int) -> [UInt8] {
        let book = OrderBook(of: market, outcome: 0, seed: world.options.seed)
        return json {
            $0.field("asset_id", market.assets[0])
            $0.field("event_type", "price_change")
            $0.field("hash", hash("change \(number)", market, 0))
            $0.field("market", market.conditionID)
            $0.field("price", priceText(book.bids.first?.price ?? market.price))
            $0.field("side", "BUY")
            $0.field("size", book.bids.first?.size ?? "0")
            $0.field("timestamp", String(time.milliseconds))
        }
    }

    package func tickSizeChange(_ market: Market, outcome: Int, from old: Int, to new: Int) -> [UInt8] {
        json {
            $0.field("asset_id", market.assets[outcome])
            $0.field("event_type", "tick_size_change")
            $0.field("market", market.conditionID)
            $0.field("new_tick_size", priceText(new))
            $0.field("old_tick_size", priceText(old))
            $0.field("timestamp", String(time.milliseconds))
        }
    }

    package func bestBidAsk(_ market: Market, outcome: Int) -> [UInt8] {
        let book = OrderBook(of: market, outcome: outcome, seed: world.options.seed)
        let (bid, ask) = (book.bids.first?.price, book.asks.first?.price)
        return json {
            $0.field("event_type", "best_bid_ask")
            $0.field("market", market.conditionID)
            $0.field("asset_id", market.assets[outcome])
            $0.field("best_bid", bid.map(priceText) ?? "")
            $0.field("best_ask", ask.map(priceText) ?? "")
            $0.field("spread", bid.flatMap { bid in ask.map { priceText($0 - bid) } } ?? "")
            $0.field("timestamp", String(time.milliseconds))
        }
    }

    package func newMarket(_ market: Market) -> [UInt8] {
        let isGame = market.event.category == .sports
        return json {
            $0.field("event_type", "new_market")
            $0.field("id", String(market.id))
            $0.field("question", market.title)
            $0.field("market", market.conditionID)
            $0.field("slug", market.slug)
            $0.field("description", "Resolves as its title says.")
            $0.field("assets_ids", texts: market.assets)
            $0.field("outcomes", texts: market.outcomes)
            writeEvent(market.event, to: &$0)
            $0.field("timestamp", String(time.milliseconds))
            $0.field("tags", texts: market.event.category.tags.map(\.slug))
            $0.field("condition_id", market.conditionID)
            $0.field("active", true)
            $0.field("clob_token_ids", texts: market.assets)
            $0.field("sports_market_type", isGame ? "moneyline" : "")
            $0.field("line", isGame && market.id.isMultiple(of: 2) ? "2.5" : "")
            $0.field("game_start_time", isGame ? secondsText(market.end) : "")
            $0.field("order_price_min_tick_size", priceText(market.tick))
            $0.field("group_item_title", "")
            $0.field("taker_base_fee", "1000")
            $0.field("fees_enabled", market.hasFees)
            $0.key("fee_schedule")
            $0.object {
                $0.field("exponent", "1")
                $0.field("rate", "\(feeRate)")
                $0.field("taker_only", true)
                $0.field("rebate_rate", "0.15")
            }
        }
    }

    package func marketResolved(_ market: Market) -> [UInt8] {
        let winner = market.winner ?? 0
        return json {
            $0.field("event_type", "market_resolved")
            $0.field("id", String(market.id))
            $0.field("question", market.title)
            $0.field("market", market.conditionID)
            $0.field("slug", market.slug)
            $0.field("assets_ids", texts: market.assets)
            $0.field("outcomes", texts: market.outcomes)
            $0.field("winning_asset_id", market.assets[winner])
            $0.field("winning_outcome", market.outcomes[winner])
            writeEvent(market.event, to: &$0)
            $0.field("timestamp", String(time.milliseconds))
            $0.field("tags", texts: market.event.category.tags.map(\.slug))
        }
    }

    private func writeEvent(_ marketEvent: Event, to event: inout JSONWriter) {
        event.key("event_message")
        event.object {
            $0.field("id", String(marketEvent.id))
            $0.field("ticker", marketEvent.slug)
            $0.field("slug", marketEvent.slug)
            $0.field("title", marketEvent.title)
            $0.field("description", "Resolves as its title says.")
        }
    }

    private func hash(_ purpose: String, _ market: Market, _ outcome: Int) -> String {
        var random = SeededRandom(
            seed: world.options.seed, for: "\(purpose) \(market.id) \(outcome) \(market.moves)")
        return random.hex(40)
    }
}
