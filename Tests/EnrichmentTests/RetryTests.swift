import Enrichment
import PMJSON
import PolymarketAPI
import Testing

/// The revision that a retry emits, in relation to the one before.
struct RetryTests {
    /// Returns services on which the requests for some parts fail.
    private func services(without parts: Set<Part>) -> SimulatedEnricher.Services {
        { $0.part.map(parts.contains) == true ? .status(400) : Sample.reply(to: $0) }
    }

    /// Returns a trade that is emitted while some routes fail, and its retry while others fail.
    private func lines(first: Set<Part>, then: Set<Part>) throws -> (first: JSON, then: JSON?) {
        var simulation = SimulatedEnricher()
        _ = simulation.receive(Sample.trade(1))
        let first = try #require(simulation.run(services(without: first)).last)
        #expect(first.state == "partial" && first.revision == 1)
        var lines = simulation.advance(by: .seconds(31))
        lines += simulation.run(services(without: then))
        #expect(lines.count <= 1)
        return (first, lines.last)
    }

    @Test func earlierResultsAreKept() throws {
        let emitted = try lines(
            first: [.account, .market],
            then: [.account, .open, .closed, .trades])
        #expect(emitted.first["profile"]?["total_profit"]?.double == 70_000)
        #expect(emitted.then?.revision == 2)
        #expect(emitted.then?["market"] != nil)
        #expect(emitted.then?["profile"] == emitted.first["profile"])
        #expect(emitted.then?["tags"] == emitted.first["tags"])
        #expect(emitted.then?.reason == "wallet: gamma/public-profile: HTTP 400")
    }

    @Test func aMoreCompleteProfileIsEmitted() throws {
        let emitted = try lines(first: [.account, .open], then: [.account])
        #expect(emitted.first["profile"]?["total_profit"] == nil)
        #expect(emitted.then?.state == "partial" && emitted.then?.revision == 2)
        #expect(emitted.then?["profile"]?["total_profit"]?.double == 70_000)
        #expect(emitted.then?["profile"]?["as_of"]?.string == "2026-11-22T10:00:31.000Z")
        #expect(emitted.then?.reason == "wallet: gamma/public-profile: HTTP 400")
    }

    @Test func twoAttemptsCompleteAProfile() throws {
        let emitted = try lines(first: [.account], then: [.trades])
        #expect(emitted.then?.state == "enriched" && emitted.then?.revision == 2)
        #expect(emitted.then?["profile"]?["account_created_at"] != nil)
        #expect(emitted.then?["profile"]?["trades"]?.integer == 0)
        // The time of the oldest part.
        #expect(emitted.then?["profile"]?["as_of"]?.string == "2026-11-22T10:00:00.000Z")
        #expect(emitted.then?["profile"]?["source"]?.string == "data-api, gamma")
    }

    /// Open positions of one look-up and closed ones of another give no profit.
    @Test func aProfitIsNotCombinedFromTwoLookups() throws {
        let emitted = try lines(
            first: [.open, .market], then: [.closed])
        #expect(emitted.then?["market"] != nil)
        #expect(emitted.then?.state == "partial")
        #expect(emitted.then?["profile"]?["total_profit"] == nil)
        #expect(emitted.then?.reason == "wallet: data/v2/positions: HTTP 400")
    }

    @Test func aRetryWithoutNewResultsEmitsNothing() throws {
        #expect(try lines(first: [.account], then: [.account]).then == nil)
        #expect(try lines(first: [.account], then: [.account, .trades]).then == nil)
        #expect(try lines(first: [.market], then: [.market, .trades]).then == nil)
    }

    @Test func aSkippedTradeKeepsItsOwner() {
        var settings = Enricher.Settings()
        settings.maxOpenTrades = 1
        var simulation = SimulatedEnricher(settings)
        let found =
            #"{"proxy_wallet":"0xBEEF","token_id":"7","side":"BUY","size":20000,"price":0.5,"timestamp":1795341599}"#
        func answers(_ request: APIRequest) -> APIReply {
            request.isForOwner ? .page([found]) : Sample.reply(to: request)
        }
        _ = simulation.receive(Sample.trade(1, wallet: nil))
        _ = simulation.advance(by: .seconds(6))
        #expect(simulation.run(answers).map(\.state) == ["enriched"])
        // Another trade takes all the room. A copy of the first is skipped with its cached results.
        _ = simulation.receive(Sample.trade(2, wallet: "0xbb", market: "0xc1", asset: "8"))
        _ = simulation.advance(by: .seconds(2))
        let skipped = simulation.receive(Sample.trade(3, wallet: nil))
        #expect(skipped.map(\.state) == ["skipped"] && skipped[0]["wallet"]?.string == "0xbeef")
        _ = simulation.run(answers)
        let later = (simulation.advance(by: .seconds(31)) + simulation.run(answers)).filter {
            $0["id"]?.string == "3"
        }
        #expect(later.map(\.state) == ["enriched"], "\(later.compactMap(\.reason))")
        #expect(later.first?["wallet"]?.string == "0xbeef")
    }

    @Test func droppedRetriesAreCounted() {
        var simulation = SimulatedEnricher()
        for id in 1...1030 { _ = simulation.receive(Sample.trade(id, value: 10_000 + id)) }
        #expect(simulation.run { _ in .status(400) }.allSatisfy { $0.state == "failed" })
        #expect(simulation.enricher.retryCount == 1024 && simulation.enricher.droppedRetries == 6)
    }

    /// A book says nothing about a trade after two minutes.
    @Test func aBookIsNotReadAfterTwoMinutes() throws {
        var simulation = SimulatedEnricher()
        _ = simulation.receive(Sample.trade(1))
        _ = simulation.run(services(without: [.book]))
        for _ in 0..<10 {
            let lines = simulation.advance(by: .seconds(31)) + simulation.run(services(without: [.book]))
            #expect(lines.isEmpty)
        }
        #expect(simulation.sent.count { $0.part == .book } == 3, "at once, after 30 s and after 90 s")
        #expect(simulation.enricher.retryCount == 0)
    }

    @Test func aTradeWithoutItsBookStaysPartial() throws {
        var simulation = SimulatedEnricher()
        _ = simulation.receive(Sample.trade(1))
        _ = simulation.run(services(without: [.book, .market]))
        var lines: [JSON] = []
        for round in 0..<10 {
            lines += simulation.advance(by: .seconds(31))
            lines += simulation.run(services(without: round < 4 ? [.book, .market] : []))
        }
        #expect(lines.map(\.state) == ["partial"])
        #expect(lines.last?["market"] != nil)
        #expect(lines.last?.reason == "book: too late to say")
    }
}
