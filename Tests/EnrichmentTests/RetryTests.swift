import Enrichment
import PMJSON
import PolymarketAPI
import Testing

/// What a later try tells of what an earlier one had told.
struct RetryTests {
    /// Services of which those routes fail, for good.
    private func services(without routes: Set<Route>) -> Desk.Services {
        { routes.contains($0.route) ? .status(400) : Desk.answers($0) }
    }

    /// One trade told while some routes fail, and tried again while others do.
    private func lines(first: Set<Route>, then: Set<Route>) throws -> (first: JSON, then: JSON?) {
        var desk = Desk()
        _ = desk.take(Desk.trade(1))
        let first = try #require(desk.settle(services(without: first)).last)
        #expect(first.state == "partial" && first.revision == 1)
        var lines = desk.wait(.seconds(31))
        lines += desk.settle(services(without: then))
        #expect(lines.count <= 1)
        return (first, lines.last)
    }

    @Test func whatWasKnownIsNotTakenBack() throws {
        let told = try lines(
            first: [.gammaProfile, .gammaMarkets],
            then: [.gammaProfile, .dataPositions, .dataClosedPositions, .dataTrades])
        #expect(told.first["profile"]?["total_profit"]?.double == 70_000)
        #expect(told.then?.revision == 2)
        #expect(told.then?["market"] != nil)
        #expect(told.then?["profile"] == told.first["profile"])
        #expect(told.then?["tags"] == told.first["tags"])
        #expect(told.then?.reason == "wallet: gamma/public-profile: HTTP 400")
    }

    @Test func whatIsFoundOfAWalletIsToldThoughMoreIsMissing() throws {
        let told = try lines(first: [.gammaProfile, .dataPositions], then: [.gammaProfile])
        #expect(told.first["profile"]?["total_profit"] == nil)
        #expect(told.then?.state == "partial" && told.then?.revision == 2)
        #expect(told.then?["profile"]?["total_profit"]?.double == 70_000)
        #expect(told.then?["profile"]?["as_of"]?.string == "2026-11-22T10:00:31.000Z")
        #expect(told.then?.reason == "wallet: gamma/public-profile: HTTP 400")
    }

    @Test func twoTriesMakeAWholeWallet() throws {
        let told = try lines(first: [.gammaProfile], then: [.dataTrades])
        #expect(told.then?.state == "enriched" && told.then?.revision == 2)
        #expect(told.then?["profile"]?["account_created_at"] != nil)
        #expect(told.then?["profile"]?["trades"]?.integer == 0)
        // That of the oldest part.
        #expect(told.then?["profile"]?["as_of"]?.string == "2026-11-22T10:00:00.000Z")
        #expect(told.then?["profile"]?["source"]?.string == "data-api, gamma")
    }

    /// Open positions of one look and closed ones of another are no profit.
    @Test func aProfitIsThatOfOneLook() throws {
        let told = try lines(
            first: [.dataPositions, .gammaMarkets], then: [.dataClosedPositions])
        #expect(told.then?["market"] != nil)
        #expect(told.then?.state == "partial")
        #expect(told.then?["profile"]?["total_profit"] == nil)
        #expect(told.then?.reason == "wallet: data/closed-positions: HTTP 400")
    }

    @Test func nothingNewIsNoNews() throws {
        #expect(try lines(first: [.gammaProfile], then: [.gammaProfile]).then == nil)
        #expect(try lines(first: [.gammaProfile], then: [.gammaProfile, .dataTrades]).then == nil)
        #expect(try lines(first: [.gammaMarkets], then: [.gammaMarkets, .dataTrades]).then == nil)
    }

    @Test func whoseTradeWasSkippedIsStillKnownLater() {
        var settings = Enricher.Settings()
        settings.mostOpen = 1
        var desk = Desk(settings)
        let found =
            #"[{"proxyWallet":"0xBEEF","asset":"7","side":"BUY","size":20000,"price":0.5,"timestamp":1795341599}]"#
        func answers(_ request: APIRequest) -> Reply {
            request.target.contains("market=") ? .found(found) : Desk.answers(request)
        }
        _ = desk.take(Desk.trade(1, wallet: nil))
        _ = desk.wait(.seconds(6))
        #expect(desk.settle(answers).map(\.state) == ["enriched"])
        // Another takes all the room, and a copy of the first is told with what is known.
        _ = desk.take(Desk.trade(2, wallet: "0xbb", market: "0xc1", asset: "8"))
        _ = desk.wait(.seconds(2))
        let skipped = desk.take(Desk.trade(3, wallet: nil))
        #expect(skipped.map(\.state) == ["skipped"] && skipped[0]["wallet"]?.string == "0xbeef")
        _ = desk.settle(answers)
        let later = (desk.wait(.seconds(31)) + desk.settle(answers)).filter { $0["id"]?.string == "3" }
        #expect(later.map(\.state) == ["enriched"], "\(later.compactMap(\.reason))")
        #expect(later.first?["wallet"]?.string == "0xbeef")
    }

    @Test func tradesThatAreNotTriedAgainAreCounted() {
        var desk = Desk()
        for id in 1...1030 { _ = desk.take(Desk.trade(id, value: 10_000 + id)) }
        #expect(desk.settle { _ in .status(400) }.allSatisfy { $0.state == "failed" })
        #expect(desk.enricher.retryCount == 1024 && desk.enricher.retriesForgotten == 6)
    }

    /// Two minutes later a book says nothing of a trade, and what was not found out is not known.
    @Test func aBookThatComesTooLateIsMissingForGood() throws {
        var desk = Desk()
        _ = desk.take(Desk.trade(1))
        _ = desk.settle(services(without: [.clobBook]))
        for _ in 0..<10 {
            let lines = desk.wait(.seconds(31)) + desk.settle(services(without: [.clobBook]))
            #expect(lines.isEmpty)
        }
        #expect(desk.asked.count { $0.route == .clobBook } == 3, "at once, after 30 s and after 90 s")
        #expect(desk.enricher.retryCount == 0)
    }

    @Test func aTradeWhoseBookIsTooLateIsNeverWhole() throws {
        var desk = Desk()
        _ = desk.take(Desk.trade(1))
        _ = desk.settle(services(without: [.clobBook, .gammaMarkets]))
        var lines: [JSON] = []
        for round in 0..<10 {
            lines += desk.wait(.seconds(31))
            lines += desk.settle(services(without: round < 4 ? [.clobBook, .gammaMarkets] : []))
        }
        #expect(lines.map(\.state) == ["partial"])
        #expect(lines.last?["market"] != nil)
        #expect(lines.last?.reason == "book: too late to say")
    }
}
