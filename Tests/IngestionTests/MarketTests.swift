import Foundation
import Ingestion
import PMJSON
import PMRecord
import TestSupport
import Testing

struct ShardsTests {
    @Test func fillsOneSocketAfterTheOther() {
        var shards = Shards(capacity: 2)
        let changes = shards.follow(["a", "b", "c"])
        #expect(changes == [.init(shard: 0, added: ["a", "b"]), .init(shard: 1, added: ["c"])])
        let more = shards.add(["d", "a"])
        #expect(more == [.init(shard: 1, added: ["d"])])
    }

    @Test func saysWhatChangedAndUsesFreePlacesAgain() {
        var shards = Shards(capacity: 2)
        _ = shards.follow(["a", "b", "c"])
        let changes = shards.follow(["b", "c", "e"])
        #expect(changes == [.init(shard: 0, added: ["e"], removed: ["a"])])
        #expect(shards.shards == [["b", "e"], ["c"]] && shards.count == 3)
        let none = shards.follow(["c", "e", "b"])
        #expect(none.isEmpty)
        #expect(shards.contains("e") && !shards.contains("a"))
    }
}

struct MarketBookTests {
    private let now = ContinuousClock.now

    private func facts(_ number: Int) -> MarketFacts {
        var facts = MarketFacts(conditionID: "0x\(number)")
        facts.title = "Market \(number)"
        facts.outcomes = ["No", "Yes"]
        facts.assets = ["\(number)0", "\(number)1"]
        return facts
    }

    private func trade(_ asset: String) -> Trade {
        let time = Timestamp(milliseconds: 0)
        var trade = Trade(feed: .market, via: .live, time: time, receivedAt: time, price: "0.5", size: "1")
        trade.assetID = asset
        return trade
    }

    @Test func describesATradeByItsToken() {
        var book = MarketBook()
        book.learn(facts(7), at: now)
        var trade = trade("71")
        let isKnown = book.describe(&trade, at: now)
        #expect(isKnown && trade.title == "Market 7" && trade.outcome == "Yes" && trade.outcomeIndex == 1)
        #expect(trade.conditionID == "0x7")
    }

    @Test func isBoundedAndForgetsTheLeastRecentlyUsed() {
        var book = MarketBook(mostMarkets: 3, mostAssets: 6)
        for number in 1...3 { book.learn(facts(number), at: now) }
        var used = trade("10")
        _ = book.describe(&used, at: now)
        book.learn(facts(3), at: now)
        #expect(book.count == 3, "overwriting evicts nobody")
        book.learn(facts(4), at: now)
        let known = ["10", "20", "30", "40"].map { asset in
            var trade = trade(asset)
            return book.describe(&trade, at: now)
        }
        #expect(known == [true, false, true, true])
    }

    @Test func anUnknownTokenIsLookedUpOnceAMinute() {
        var book = MarketBook()
        let answers = [0, 1, 59, 61].map { book.shouldLookUp("x", at: now + .seconds($0)) }
        #expect(answers == [true, false, false, true])
    }

    @Test func readsGammasListsWithinText() throws {
        let json = try JSON(
            #"{"conditionId":"0xAB","question":"Q","slug":"s","outcomes":"[\"Up\", \"Down\"]","clobTokenIds":"[\"1\", \"2\"]","events":[{"slug":"e"}]}"#
        )
        let facts = try #require(MarketFacts(gamma: json))
        #expect(
            facts.conditionID == "0xab" && facts.outcomes == ["Up", "Down"] && facts.assets == ["1", "2"])
        #expect(facts.eventSlug == "e")
    }

    @Test(
        .needsSample("gamma_market.trimmed.jsonl"),
        arguments: ["gamma_market.jsonl", "gamma_market.trimmed.jsonl"])
    func readsWhatGammaSends(name: String) throws {
        let text = try String(contentsOfFile: #require(SharedSamples.path(name)), encoding: .utf8)
        for line in text.split(separator: "\n") {
            let facts = try #require(MarketFacts(gamma: JSON(String(line))))
            #expect(facts.assets.count == 2 && facts.outcomes.count == 2 && facts.title != nil)
        }
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

    @Test func tellsTheTradesOfTheLargestMarketsWithTitleAndOutcome() throws {
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

    @Test func aGapIsRepairedFromTakersOfTheFollowedMarkets() throws {
        let exchange = try SimulatedExchange(scenario: #"{"seed":6,"rate":60,"markets":20}"#)
        let child = try start(exchange, ["--markets", "100", "--data-url", exchange.url("data")])
        #expect(eventually { child.trades.count >= 50 })
        try exchange.setFaults(#"{"on":"market","do":"reset","after":0,"times":2}"#)
        #expect(eventually { child.output.contains(#""state":"closed""#) })
        let ids = child.trades.compactMap { $0["id"] as? String }
        #expect(Set(ids).count == ids.count)
        #expect(child.trades.allSatisfy { $0["wallet"] == nil })
    }
}
