import PMJSON
import TestSupport
import Testing

struct MarketChannelTests {
    private func assets(_ exchange: SimulatedExchange, _ count: Int) throws -> [String] {
        let markets = try exchange.json("/control/markets").array!.filter { $0["live"]?.bool == true }
        return markets.prefix(count).flatMap { $0["assets"]!.array!.map { $0.string! } }
    }

    @Test func dumpsTheBooksWorstPriceFirstInOneArray() throws {
        let exchange = try SimulatedExchange(["--paused"])
        let listener = try FeedListener(exchange.url("market"))
        listener.subscribe(assets: try assets(exchange, 50))
        listener.send("PING")
        #expect(try listener.listen { listener.texts.count == 2 })
        #expect(listener.texts.contains("PONG"))
        let books = listener.objects("book")
        #expect(books.count == 100)
        for book in books {
            let bids = book["bids"]!.array!.map { $0["price"]!.double! }
            let asks = book["asks"]!.array!.map { $0["price"]!.double! }
            #expect(bids == bids.sorted() && asks == asks.sorted(by: >))
            if let bid = bids.last, let ask = asks.last { #expect(bid < ask) }
        }
    }

    @Test func sendsTakersTradesAmongOtherEvents() throws {
        let exchange = try SimulatedExchange(["--rate", "2000", "--trades", "1500"])
        let listener = try FeedListener(exchange.url("market"))
        listener.subscribe(assets: try assets(exchange, 1_000), custom: true)
        #expect(
            try eventually {
                try listener.listen(.milliseconds(100))
                return exchange.isFinished
            })
        let takers = try exchange.truth("details=1").map { try JSON($0) }.filter {
            $0["taker"]?.bool == true && $0["module"]?.string != "combo"
        }
        #expect(try listener.listen { listener.objects("last_trade_price").count == takers.count })
        let sent = listener.objects("last_trade_price")
        #expect(sent.map { $0["asset_id"]!.string! }.sorted() == takers.map { $0["asset"]!.string! }.sorted())
        let changes = listener.objects("price_change")
        #expect(
            changes.contains { $0["price_changes"] != nil } && changes.contains { $0["price_changes"] == nil }
        )
        #expect(changes.count > sent.count)
        #expect(!listener.objects("best_bid_ask").isEmpty)
    }

    @Test func followsSubscriptionsOnTheLiveSocket() throws {
        let exchange = try SimulatedExchange(["--paused"])
        let markets = try exchange.json("/control/markets").array!.filter { $0["live"]?.bool == true }
        let (first, second) = (markets[3], markets[4])
        let listener = try FeedListener(exchange.url("market"))
        listener.subscribe(assets: [first["assets"]!.array![0].string!])
        try listener.listen { listener.texts.count == 1 }
        listener.send(#"{"operation":"subscribe","assets_ids":["\#(second["assets"]!.array![0].string!)"]}"#)
        try listener.listen { listener.texts.count == 2 }
        listener.send(#"{"operation":"unsubscribe","assets_ids":["\#(first["assets"]!.array![0].string!)"]}"#)
        listener.send("PING")
        try listener.listen { listener.texts.last == "PONG" }
        for market in [first, second] {
            try exchange.trade(
                #"{"market":"\#(market["slug"]!.string!)","outcomeIndex":0,"price":0.4,"size":10}"#)
        }
        #expect(try listener.listen { !listener.objects("last_trade_price").isEmpty })
        try listener.awaitPing()
        #expect(
            listener.objects("last_trade_price").map { $0["market"]?.string } == [
                second["condition_id"]?.string
            ])
    }

    @Test func sendsNewMarketsWithTheCustomFlag() throws {
        let exchange = try SimulatedExchange(["--paused"], scenario: #"{"crypto_window_ms":400}"#)
        let listener = try FeedListener(exchange.url("market"))
        listener.subscribe(assets: ["1"], custom: true)
        let hasBoth = {
            !listener.objects("market_resolved").isEmpty && !listener.objects("new_market").isEmpty
        }
        #expect(try listener.listen(until: hasBoth))
        let market = try #require(listener.objects("new_market").first)
        #expect(market["clob_token_ids"]?.array?.count == 2)
        for name in ["line", "game_start_time", "sports_market_type", "group_item_title"] {
            #expect(market[name]?.string == "")
        }
        #expect(market["fees_enabled"]?.bool == true && market["taker_base_fee"]?.string != nil)
        #expect(market["fee_schedule"]?["taker_only"]?.bool == true)
        let resolved = try #require(listener.objects("market_resolved").first)
        #expect(resolved["winning_outcome"] != nil && resolved["event_message"]?["slug"] != nil)
    }

    @Test func theCustomFlagBelongsToAnAssetAndIsToggledByNamingItAgain() throws {
        let exchange = try SimulatedExchange(["--paused"])
        let market = try #require(
            exchange.json("/control/markets").array!.first { $0["live"]?.bool == true })
        let assets = market["assets"]!.array!.map { $0.string! }
        let listener = try FeedListener(exchange.url("market"))
        listener.subscribe(assets: [assets[0]], custom: true)
        listener.subscribe(assets: [assets[1]])
        let quoted = { Set(listener.objects("best_bid_ask").compactMap { $0["asset_id"]?.string }) }
        let trade = {
            _ = try exchange.trade(#"{"market":"\#(market["slug"]!.string!)","price":0.4,"size":10}"#)
        }
        #expect(try listener.listen { listener.objects("book").count == 2 })
        try trade()
        #expect(try listener.listen { !quoted().isEmpty })
        try listener.awaitPing()
        #expect(quoted() == [assets[0]])
        listener.send(
            #"{"operation":"subscribe","assets_ids":["\#(assets[0])"],"custom_feature_enabled":false}"#)
        try listener.awaitPing()
        let count = listener.objects("best_bid_ask").count
        try trade()
        try listener.awaitPing()
        #expect(listener.objects("best_bid_ask").count == count)
    }

    @Test func booksOfProtocolV2HaveAVersion() throws {
        let exchange = try SimulatedExchange(["--paused"])
        let market = try #require(
            exchange.json("/control/markets").array!.first {
                $0["live"]?.bool == true && $0["module"]?.string == "binary"
            })
        let listener = try FeedListener(exchange.url("market"))
        listener.subscribe(assets: market["assets"]!.array!.map { $0.string! })
        #expect(try listener.listen { listener.objects("book").count == 2 })
        for book in listener.objects("book") {
            #expect(book["version"]?.string == "v2" && book["last_trade_price"]?.string == "")
            #expect(book["market"] == market["condition_id"])
        }
    }
}
