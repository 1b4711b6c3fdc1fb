import Enrichment
import PMJSON
import PMRecord
import PolymarketAPI
import Testing

struct EnricherTests {
    @Test func aTradeIsEmittedAsPendingAndAgainWhenItIsEnriched() throws {
        var simulation = SimulatedEnricher()
        let pending = simulation.receive(Sample.trade(1))
        #expect(pending.map(\.state) == ["pending"] && pending.map(\.revision) == [0])
        #expect(pending[0]["tags"] == nil)
        let final = simulation.run()
        #expect(final.map(\.state) == ["enriched"] && final.map(\.revision) == [1])
        #expect(final[0].reason == nil)
        #expect(final[0]["market"]?["question"]?.string == "Will it?")
        #expect(final[0]["profile"]?["total_profit"]?.numberText == "70000")
        #expect(final[0]["profile"]?["whale"]?.bool == false)
        #expect(final[0]["impact"]?["levels"]?.integer == 1)
        #expect(
            final[0]["tags"]?.array?.compactMap(\.string) == ["WHALE", "FRESH_WALLET", "SWEEPER", "INSIDER"])
        #expect(simulation.enricher.openCount == 0)
    }

    @Test func aTradeWithCachedResultsIsEmittedOnce() {
        var simulation = SimulatedEnricher()
        _ = simulation.receive(Sample.trade(1))
        _ = simulation.run()
        let line = simulation.receive(Sample.trade(2))
        #expect(line.map(\.state) == ["enriched"] && line.map(\.revision) == [1])
        #expect(simulation.enricher.caches.hits == 3)
    }

    @Test func tradesShareRunningLookups() {
        var simulation = SimulatedEnricher()
        for id in 1...50 { _ = simulation.receive(Sample.trade(id)) }
        #expect(simulation.run().count == 50)
        // Positions twice, trades twice, statistics, value, account, market, book.
        #expect(simulation.sent.count == 9)
    }

    @Test func allOtherBytesAreUnchanged() throws {
        var enricher = SimulatedEnricher().enricher
        let line = Array(
            #"{ "kind":"trade", "odd":[1, {"a" : 1e2}],"size":1.50,"price":0.30 ,"enrichment":"x"}"#.utf8)
        _ = enricher.receive(line.span, at: SimulatedEnricher().now)
        let text = String(decoding: enricher.takeOutput()[0], as: UTF8.self)
        #expect(
            text
                == #"{ "kind":"trade", "odd":[1, {"a" : 1e2}],"size":1.50,"price":0.30 ,"enrichment":"failed","#
                + #""revision":1,"enrichment_reason":"wallet: not known","tags":[]}"#)
    }

    /// A line of 1 MiB less one byte has no room for results.
    @Test(arguments: ["extra", "title", "novel"])
    func aLineThatWouldBeTooLongIsShortened(member: String) throws {
        var simulation = SimulatedEnricher()
        func line(_ filler: Int) -> String {
            Sample.trade(1, extra: #","\#(member)":"\#(String(repeating: "x", count: filler))""#)
        }
        let long = Array(line(Record.longestLine - 1 - line(0).utf8.count).utf8)
        #expect(long.count == Record.longestLine - 1)
        _ = simulation.enricher.receive(long.span, at: simulation.now)
        var lines = simulation.enricher.takeOutput()
        while let (id, request) = simulation.enricher.nextRequest(at: simulation.now) {
            simulation.enricher.receive(Sample.reply(to: request), to: id, at: simulation.now)
        }
        lines += simulation.enricher.takeOutput()
        #expect(lines.count == 2 && lines.allSatisfy { $0.count <= Record.longestLine })
        #expect(simulation.enricher.shortened == 2)
        let final = try JSON(lines[1])
        guard member != "novel" else {
            #expect(lines[1] == long)
            return
        }
        #expect(final[member] == nil && final.state == "enriched" && final.revision == 1)
        #expect(final["profile"] != nil && final["market"] != nil && final["tier"] != nil)
    }

    @Test func finalOnlyEmitsNothingPending() {
        var settings = Enricher.Settings()
        settings.isFinalOnly = true
        var simulation = SimulatedEnricher(settings)
        #expect(simulation.receive(Sample.trade(1)).isEmpty)
        #expect(simulation.run().map(\.revision) == [1])
    }

    @Test func revisionsContinueFromTheTradesOwn() {
        var simulation = SimulatedEnricher()
        let earlier = #","revision":4,"enrichment":"partial","enrichment_reason":"old","impact":{"levels":9}"#
        let pending = simulation.receive(
            Sample.trade(1, receivedAt: "2026-11-21T10:00:00.000Z", extra: earlier))
        #expect(pending.map(\.revision) == [5] && pending[0].reason == nil)
        let final = simulation.run()
        #expect(final.map(\.revision) == [6])
        #expect(final[0].reason == nil)
        // A book says nothing about a trade of the day before.
        #expect(final[0]["impact"]?["levels"]?.integer == 9)
    }

    @Test func atItsDeadlineATradeIsEmittedWithItsResultsSoFar() {
        var simulation = SimulatedEnricher()
        _ = simulation.receive(Sample.trade(1))
        #expect(simulation.run { $0.route == .gammaMarketsKeyset ? Sample.reply(to: $0) : nil }.isEmpty)
        #expect(simulation.advance(by: .seconds(29)).isEmpty)
        let final = simulation.advance(by: .seconds(1))
        #expect(final.map(\.state) == ["partial"])
        #expect(final[0].reason == "wallet: not found in time; book: not found in time")
        #expect(final[0]["market"] != nil)
    }

    @Test(arguments: [
        APIReply.status(400), .failure("unable to connect", isTransient: true), .found("<html>"),
    ])
    func withoutAnyAnswerATradeHasFailed(reply: APIReply) {
        var simulation = SimulatedEnricher()
        _ = simulation.receive(Sample.trade(1))
        var lines = simulation.run { _ in reply }
        for _ in 1...10 where lines.isEmpty {
            _ = simulation.advance(by: .seconds(2))
            lines = simulation.run { _ in reply }
        }
        #expect(lines.map(\.state) == ["failed"])
        #expect(simulation.receive(Sample.trade(2)).map(\.state) == ["failed"])
        _ = simulation.advance(by: .seconds(31))
        #expect(simulation.receive(Sample.trade(3)).map(\.state) == ["pending"])
    }

    @Test func aMarketThatIsNotOpenIsReadFromTheClosedOnes() {
        var simulation = SimulatedEnricher()
        _ = simulation.receive(Sample.trade(1))
        let final = simulation.run { request in
            request.target.contains("closed=true") || request.route != .gammaMarketsKeyset
                ? Sample.reply(to: request) : .found(#"{"markets":[]}"#)
        }
        #expect(final.map(\.state) == ["enriched"])
        #expect(final[0]["market"] != nil)
    }

    @Test func notFoundIsAnAnswer() {
        var simulation = SimulatedEnricher()
        _ = simulation.receive(Sample.trade(1))
        let final = simulation.run {
            [.clobBook, .gammaProfile].contains($0.route) ? .status(404) : Sample.reply(to: $0)
        }
        #expect(final.map(\.state) == ["enriched"])
        #expect(final[0]["impact"] == nil)
    }

    @Test func aPartialProfileIsEmitted() {
        var simulation = SimulatedEnricher()
        _ = simulation.receive(Sample.trade(1))
        let final = simulation.run { $0.part == .open ? .status(400) : Sample.reply(to: $0) }
        #expect(final.map(\.state) == ["partial"])
        #expect(final[0].reason == "wallet: data/v2/positions: HTTP 400")
        #expect(final[0]["profile"]?["total_profit"] == nil)
        #expect(final[0]["profile"]?["trades"]?.integer == 0)
    }

    @Test func aRefusedRequestWaitsForRetryAfter() {
        var simulation = SimulatedEnricher()
        _ = simulation.receive(Sample.trade(1))
        _ = simulation.run {
            $0.route == .gammaMarketsKeyset ? .status(429, retryAfter: .seconds(7)) : Sample.reply(to: $0)
        }
        #expect(simulation.enricher.requests.refusals == 1)
        _ = simulation.advance(by: .seconds(7))
        #expect(simulation.run().isEmpty)
        _ = simulation.advance(by: .milliseconds(750))
        #expect(simulation.run().map(\.state) == ["enriched"])
    }
}
