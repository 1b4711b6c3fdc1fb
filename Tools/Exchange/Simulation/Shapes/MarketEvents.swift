import PMJSON
import PMRecord

/// The market channel's events. All numbers are texts; times are milliseconds.
package struct MarketEvents {
    let world: World
    let time: Timestamp

    package init(_ world: World, at time: Timestamp) {
        self.world = world
        self.time = time
    }

    func writeBook(_ market: Market, outcome: Int, to event: inout JSONWriter) {
        event.feed("market", market.conditionID)
        event.feed("asset_id", market.assets[outcome])
        event.feed("timestamp", String(time.milliseconds))
        event.feed("hash", hash("book", market, outcome))
        let book = OrderBook(of: market, outcome: outcome, seed: world.options.seed)
        writeLevels(book, to: &event)
        event.feed("tick_size", priceText(market.tick))
        event.feed("event_type", "book")
        event.feed("last_trade_price", priceText(market.price(of: outcome)))
    }

    /// Bids and asks, the worst price first, as the exchange sends them.
    func writeLevels(_ book: OrderBook, to event: inout JSONWriter) {
        for (name, levels) in [("bids", book.bids), ("asks", book.asks)] {
            event.key(name)
            event.array { array in
                for level in levels.reversed() {
                    array.object {
                        $0.feed("price", priceText(level.price))
                        $0.feed("size", level.size)
                    }
                }
            }
        }
    }

    /// A trade: the taker's side, and no wallet.
    package func lastTradePrice(_ fill: Fill) -> [UInt8] {
        let market = world.markets[fill.market]
        return json {
            $0.feed("market", market.conditionID)
            $0.feed("asset_id", market.assets[fill.outcome])
            // ".48", as the exchange has been seen to write it
            $0.feed(
                "price",
                fill.oddities.contains(.textualNumbers) ? String(fill.price.drop { $0 == "0" }) : fill.price)
            $0.feed("size", fill.size)
            $0.feed("fee_rate_bps", "0")
            $0.feed("side", fill.side.rawValue)
            $0.feed("timestamp", String(fill.time.milliseconds))
            $0.feed("event_type", "last_trade_price")
            if !fill.oddities.contains(.unknownOutcome) { $0.feed("transaction_hash", fill.transaction) }
        }
    }

    /// A change of one level and of its mirror, as it is today.
    package func priceChange(_ market: Market, isBid: Bool, number: Int) -> [UInt8] {
        let books = [0, 1].map { OrderBook(of: market, outcome: $0, seed: world.options.seed) }
        let changed = (isBid ? books[0].bids : books[0].asks).first
        let price = changed?.price ?? market.price
        return json {
            $0.feed("market", market.conditionID)
            $0.key("price_changes")
            $0.array { array in
                for (outcome, side) in [(0, isBid), (1, !isBid)] {
                    array.object {
                        $0.feed("asset_id", market.assets[outcome])
                        $0.feed("price", priceText(outcome == 0 ? price : 1_000 - price))
                        $0.feed("size", changed?.size ?? "0")
                        $0.feed("side", side ? "BUY" : "SELL")
                        $0.feed("hash", hash("change \(number)", market, outcome))
                        $0.feed("best_bid", books[outcome].bids.first.map { priceText($0.price) } ?? "")
                        $0.feed("best_ask", books[outcome].asks.first.map { priceText($0.price) } ?? "")
                    }
                }
            }
            $0.feed("timestamp", String(time.milliseconds))
            $0.feed("event_type", "price_change")
        }
    }

    /// The same, flat, as it was until September 2025.
    package func flatPriceChange(_ market: Market, number: Int) -> [UInt8] {
        let book = OrderBook(of: market, outcome: 0, seed: world.options.seed)
        return json {
            $0.feed("asset_id", market.assets[0])
            $0.feed("event_type", "price_change")
            $0.feed("hash", hash("change \(number)", market, 0))
            $0.feed("market", market.conditionID)
            $0.feed("price", priceText(book.bids.first?.price ?? market.price))
            $0.feed("side", "BUY")
            $0.feed("size", book.bids.first?.size ?? "0")
            $0.feed("timestamp", String(time.milliseconds))
        }
    }

    package func tickSizeChange(_ market: Market, outcome: Int, from old: Int, to new: Int) -> [UInt8] {
        json {
            $0.feed("asset_id", market.assets[outcome])
            $0.feed("event_type", "tick_size_change")
            $0.feed("market", market.conditionID)
            $0.feed("new_tick_size", priceText(new))
            $0.feed("old_tick_size", priceText(old))
            $0.feed("timestamp", String(time.milliseconds))
        }
    }

    package func bestBidAsk(_ market: Market, outcome: Int) -> [UInt8] {
        let book = OrderBook(of: market, outcome: outcome, seed: world.options.seed)
        let (bid, ask) = (book.bids.first?.price, book.asks.first?.price)
        return json {
            $0.feed("event_type", "best_bid_ask")
            $0.feed("market", market.conditionID)
            $0.feed("asset_id", market.assets[outcome])
            $0.feed("best_bid", bid.map(priceText) ?? "")
            $0.feed("best_ask", ask.map(priceText) ?? "")
            $0.feed("spread", bid.flatMap { bid in ask.map { priceText($0 - bid) } } ?? "")
            $0.feed("timestamp", String(time.milliseconds))
        }
    }

    package func newMarket(_ market: Market) -> [UInt8] {
        json {
            $0.feed("event_type", "new_market")
            $0.feed("id", String(market.id))
            $0.feed("question", market.title)
            $0.feed("market", market.conditionID)
            $0.feed("slug", market.slug)
            $0.feed("description", "Resolves as its title says.")
            $0.feed("assets_ids", texts: market.assets)
            $0.feed("outcomes", texts: market.outcomes)
            $0.key("event_message")
            $0.object {
                $0.feed("id", String(market.event.id))
                $0.feed("ticker", market.event.slug)
                $0.feed("slug", market.event.slug)
                $0.feed("title", market.event.title)
            }
            $0.feed("timestamp", String(time.milliseconds))
            $0.feed("tags", texts: market.event.category.tags.map(\.slug))
            $0.feed("condition_id", market.conditionID)
            $0.feed("active", true)
            $0.feed("clob_token_ids", texts: market.assets)
            $0.feed("order_price_min_tick_size", priceText(market.tick))
            $0.feed("group_item_title", "")
        }
    }

    package func marketResolved(_ market: Market) -> [UInt8] {
        let winner = market.winner ?? 0
        return json {
            $0.feed("event_type", "market_resolved")
            $0.feed("id", String(market.id))
            $0.feed("market", market.conditionID)
            $0.feed("assets_ids", texts: market.assets)
            $0.feed("winning_asset_id", market.assets[winner])
            $0.feed("winning_outcome", market.outcomes[winner])
            $0.feed("timestamp", String(time.milliseconds))
            $0.feed("tags", texts: market.event.category.tags.map(\.slug))
        }
    }

    private func hash(_ purpose: String, _ market: Market, _ outcome: Int) -> String {
        var dice = Dice(seed: world.options.seed, for: "\(purpose) \(market.id) \(outcome) \(market.moves)")
        return dice.hex(40)
    }
}
