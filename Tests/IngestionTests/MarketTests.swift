import Foundation
import Ingestion
import PMJSON
import PMRecord
import PolymarketAPI
import TestSupport
import Testing

struct SubscriptionShardsTests {
    @Test func fillsOneSocketAfterAnother() {
        var shards = SubscriptionShards(capacity: 2)
        let changes = shards.replace(with: ["a", "b", "c"])
        #expect(changes == [.init(shard: 0, added: ["a", "b"]), .init(shard: 1, added: ["c"])])
        let more = shards.add(["d", "a"])
        #expect(more == [.init(shard: 1, added: ["d"])])
    }

    @Test func returnsChangesAndReusesFreeRoom() {
        var shards = SubscriptionShards(capacity: 2)
        _ = shards.replace(with: ["a", "b", "c"])
        let changes = shards.replace(with: ["b", "c", "e"])
        #expect(changes == [.init(shard: 0, added: ["e"], removed: ["a"])])
        #expect(shards.assets(of: 0) == ["b", "e"] && shards.assets(of: 1) == ["c"] && shards.count == 3)
        let none = shards.replace(with: ["c", "e", "b"])
        #expect(none.isEmpty)
        #expect(shards.contains("e") && !shards.contains("a"))
    }
}

struct MarketDirectoryTests {
    private let now = ContinuousClock.now

    private func market(_ number: Int) -> MarketDetails {
        var market = MarketDetails(conditionID: "0x\(number)")
        market.title = "Market \(number)"
        market.outcomes = ["No", "Yes"]
        market.assets = ["\(number)0", "\(number)1"]
        return market
    }

    private func trade(_ asset: String) -> Trade {
        let time = Timestamp(milliseconds: 0)
        var trade = Trade(feed: .market, via: .live, time: time, receivedAt: time, price: "0.5", size: "1")
        trade.assetID = asset
        return trade
    }

    @Test func addsDetailsByToken() {
        var directory = MarketDirectory()
        directory.add(market(7), at: now)
        var trade = trade("71")
        let isKnown = directory.addDetails(to: &trade, at: now)
        #expect(isKnown && trade.title == "Market 7" && trade.outcome == "Yes" && trade.outcomeIndex == 1)
        #expect(trade.conditionID == "0x7")
    }

    @Test func evictsTheLeastRecentlyUsedMarket() {
        var directory = MarketDirectory(mostMarkets: 3, mostAssets: 6)
        for number in 1...3 { directory.add(market(number), at: now) }
        var used = trade("10")
        _ = directory.addDetails(to: &used, at: now)
        directory.add(market(3), at: now)
        #expect(knownMarkets(in: directory) == [1, 2, 3], "overwriting evicts nothing")
        directory.add(market(4), at: now)
        #expect(knownMarkets(in: directory) == [1, 3, 4])
    }

    /// Asks a copy, because a look-up changes which market is least recently used.
    private func knownMarkets(in directory: MarketDirectory) -> [Int] {
        var copy = directory
        return (1...4).filter { number in
            var trade = trade("\(number)0")
            return copy.addDetails(to: &trade, at: now)
        }
    }

    @Test func unknownTokenIsLookedUpOnceAMinute() {
        var directory = MarketDirectory()
        let answers = [0, 1, 59, 61].map { directory.shouldLookUp("x", at: now + .seconds($0)) }
        #expect(answers == [true, false, false, true])
    }

    @Test(arguments: [
        #""assets_ids":["1","2"]"#, #""asset_ids":["1","2"]"#,
        #""clob_token_ids":["1","2"],"assets_ids":[]"#, #""clob_token_ids":"[\"1\",\"2\"]""#,
    ])
    func readsTheAssetsOfAnAnnouncedMarket(assets: String) throws {
        let id = "0x01" + String(repeating: "a", count: 32) + "0000" + String(repeating: "0", count: 24)
        let event = try JSON(
            #"{"market":"\#(id)","question":"Q","outcomes":["Yes","No"],"event_message":{"slug":"e"},\#(assets)}"#
        )
        let market = try #require(MarketDetails(event: event))
        #expect(market.assets == ["1", "2"] && market.eventSlug == "e" && market.conditionID == id + "00")
    }

    @Test func followsTheAssetsThatTheVersionOfAMarketNames() throws {
        let page = try Gamma.MarketsRead(.all).page(
            in: Array(
                #"""
                {"markets":[
                {"id":"1","slug":"a","question":"Q","conditionId":"0xAB","outcomes":"[\"Up\",\"Down\"]",
                 "clobTokenIds":"[\"1\",\"2\"]","events":[{"slug":"e"}]},
                {"id":"2","slug":"b","question":"R","conditionId":"0xCD","version":"v2","outcomes":"[\"Up\",\"Down\"]",
                 "clobTokenIds":null,"positionIds":["3","4"]}]}
                """#.utf8))
        let markets = page.rows.compactMap { MarketDetails($0) }
        #expect(markets.map(\.assets) == [["1", "2"], ["3", "4"]])
        #expect(markets.first?.conditionID == "0xab" && markets.first?.eventSlug == "e")
        #expect(markets.first?.outcomes == ["Up", "Down"])
    }
}

/// The market channel, against the simulated exchange.
@Suite(.serialized) struct MarketFeedTests {
    private func start(_ exchange: SimulatedExchange, _ more: [String] = []) throws -> ChildProcess {
        try Ingest.start(
            [
                "--feed", "market", "--url", exchange.url("market"), "--gamma-url", exchange.url("gamma"),
                "--ping", "1s",
                "--backoff-least", "50ms", "--backoff-most", "300ms", "--silence-least", "1s",
                "--silence-most", "3s",
                "--settle", "300ms", "--margin", "60s",
            ] + more)
    }

    @Test func emitsTradesOfTheLargestMarketsWithTitleAndOutcome() throws {
        let exchange = try SimulatedExchange(scenario: #"{"seed":5,"rate":100,"markets":40}"#)
        let folder = try TemporaryDirectory()
        let child = try start(exchange, ["--markets", "30", "--status-dir", folder.path])
        #expect(eventually { child.trades.count >= 100 })
        let trades = child.trades
        #expect(trades.allSatisfy { $0["feed"] as? String == "market" && $0["wallet"] == nil })
        #expect(trades.allSatisfy { $0["title"] != nil && $0["outcome"] != nil && $0["condition_id"] != nil })
        #expect(trades.allSatisfy { ($0["price"] as? NSNumber)?.doubleValue ?? 2 <= 1 })
        child.kill(SIGTERM)
        #expect(try child.wait() == .status(0))
        let status = parsed(try folder.read("pm-ingest.json").utf8)
        #expect((status["assets_followed"] as? Int ?? 0) >= 60)
        #expect((status["dropped"] as? [String: Int])?["price_change"] ?? 0 > 0)
    }

    /// Gamma is asked again when it said, and its sentence is logged.
    @Test(arguments: [
        (429, #""retry_after":7"#, 6.9), (422, #""body":"json""#, 4.9),
    ])
    func gammaIsAskedAgainAfterARefusal(status: Int, answer: String, pause: Double) throws {
        let exchange = try SimulatedExchange(
            scenario:
                #"{"seed":5,"faults":[{"on":"gamma","do":"status","status":\#(status),"times":1,\#(answer)}]}"#
        )
        let child = try start(exchange)
        #expect(eventually { child.errors.contains("unable to get markets from Gamma") })
        let refused = ContinuousClock.now
        #expect(
            try eventually {
                (try exchange.statistics()["requests"]?["gamma/markets/keyset"]?.integer ?? 0) > 1
            })
        #expect(refused.duration(to: .now) >= .seconds(pause - 0.5))
        let sentence = status == 422 ? "HTTP 422: internal error: cannot get the information" : "HTTP 429"
        #expect(child.errors.contains(sentence), "\(child.errors)")
        #expect(eventually { !child.trades.isEmpty })
    }

    /// The channel names conditions of Protocol V2 with 64 digits, the API with 62; a trade has one id.
    @Test(arguments: [62, 64]) func gapIsBackFilledWithTakersOfTheFollowedMarkets(digits: Int) throws {
        let exchange = try SimulatedExchange(
            scenario: #"{"seed":6,"rate":60,"markets":20,"v2_share":0.5,"condition_digits":\#(digits)}"#)
        let child = try start(exchange, ["--markets", "100", "--data-url", exchange.url("data")])
        #expect(eventually { child.trades.count >= 50 })
        try exchange.setFaults(#"{"on":"market","do":"reset","after":0,"times":2}"#)
        #expect(eventually { child.output.contains(#""state":"closed""#) })
        let ids = child.trades.compactMap { $0["id"] as? String }
        #expect(Set(ids).count == ids.count)
        #expect(child.trades.allSatisfy { $0["wallet"] == nil })
        let types = Set(
            child.trades.filter { $0["via"] as? String == "backfill" }.map { $0["market_type"] as? String })
        #expect(types.contains(nil) && types.count > 1, "\(types)")
    }
}
