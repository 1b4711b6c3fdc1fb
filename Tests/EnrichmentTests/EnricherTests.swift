import Enrichment
import PMJSON
import PMRecord
import PolymarketAPI
import Testing

struct EnricherTests {
    @Test func aTradeLeavesAtOnceAsPendingAndAgainWhenAllIsKnown() throws {
        var desk = Desk()
        let pending = desk.take(Desk.trade(1))
        #expect(pending.map(\.state) == ["pending"] && pending.map(\.revision) == [0])
        #expect(pending[0]["tags"] == nil)
        let final = desk.settle()
        #expect(final.map(\.state) == ["enriched"] && final.map(\.revision) == [1])
        #expect(final[0].reason == nil)
        #expect(final[0]["market"]?["question"]?.string == "Will it?")
        #expect(final[0]["profile"]?["total_profit"]?.numberText == "70000")
        #expect(final[0]["profile"]?["whale"]?.bool == false)
        #expect(final[0]["impact"]?["levels"]?.integer == 1)
        #expect(
            final[0]["tags"]?.array?.compactMap(\.string) == ["WHALE", "FRESH_WALLET", "SWEEPER", "INSIDER"])
        #expect(desk.enricher.openCount == 0)
    }

    @Test func whatIsInTheCacheLeavesOnce() {
        var desk = Desk()
        _ = desk.take(Desk.trade(1))
        _ = desk.settle()
        let line = desk.take(Desk.trade(2))
        #expect(line.map(\.state) == ["enriched"] && line.map(\.revision) == [1])
        #expect(desk.enricher.caches.hits == 3)
    }

    @Test func whatIsBeingFoundOutIsAskedOnce() {
        var desk = Desk()
        for id in 1...50 { _ = desk.take(Desk.trade(id)) }
        #expect(desk.settle().count == 50)
        #expect(desk.asked.count == 6)  // positions, closed positions, trades, profile, market, book
    }

    @Test func everyOtherByteStaysAsItWas() throws {
        var enricher = Desk().enricher
        let line = Array(
            #"{ "kind":"trade", "odd":[1, {"a" : 1e2}],"size":1.50,"price":0.30 ,"enrichment":"x"}"#.utf8)
        _ = enricher.receive(line.span, at: Desk().now)
        let text = String(decoding: enricher.takeOutput()[0], as: UTF8.self)
        #expect(
            text
                == #"{ "kind":"trade", "odd":[1, {"a" : 1e2}],"size":1.50,"price":0.30 ,"enrichment":"failed","#
                + #""revision":1,"enrichment_reason":"wallet: not known","tags":[]}"#)
    }

    /// A line of 1 MiB less one byte has no room for what is found out.
    @Test(arguments: ["extra", "title", "novel"])
    func whatMakesALineTooLongIsLeftOut(member: String) throws {
        var desk = Desk()
        func line(_ filler: Int) -> String {
            Desk.trade(1, extra: #","\#(member)":"\#(String(repeating: "x", count: filler))""#)
        }
        let long = Array(line(Record.longestLine - 1 - line(0).utf8.count).utf8)
        #expect(long.count == Record.longestLine - 1)
        _ = desk.enricher.receive(long.span, at: desk.now)
        var lines = desk.enricher.takeOutput()
        while let (ticket, request) = desk.enricher.nextRequest(at: desk.now) {
            desk.enricher.receive(Desk.answers(request), to: ticket, at: desk.now)
        }
        lines += desk.enricher.takeOutput()
        #expect(lines.count == 2 && lines.allSatisfy { $0.count <= Record.longestLine })
        #expect(desk.enricher.shortened == 2)
        let final = try JSON(lines[1])
        guard member != "novel" else {
            #expect(lines[1] == long)
            return
        }
        #expect(final[member] == nil && final.state == "enriched" && final.revision == 1)
        #expect(final["profile"] != nil && final["market"] != nil && final["tier"] != nil)
    }

    @Test func finalOnlyTellsNothingPending() {
        var settings = Enricher.Settings()
        settings.isFinalOnly = true
        var desk = Desk(settings)
        #expect(desk.take(Desk.trade(1)).isEmpty)
        #expect(desk.settle().map(\.revision) == [1])
    }

    @Test func revisionsGoOnFromWhatTheTradeHad() {
        var desk = Desk()
        let earlier = #","revision":4,"enrichment":"partial","enrichment_reason":"old","impact":{"levels":9}"#
        let pending = desk.take(Desk.trade(1, receivedAt: "2026-11-21T10:00:00.000Z", extra: earlier))
        #expect(pending.map(\.revision) == [5] && pending[0].reason == nil)
        let final = desk.settle()
        #expect(final.map(\.revision) == [6])
        #expect(final[0].reason == nil)
        // A day later, the book says nothing of the trade.
        #expect(final[0]["impact"]?["levels"]?.integer == 9)
    }

    @Test func atItsDeadlineATradeLeavesWithWhatThereIs() {
        var desk = Desk()
        _ = desk.take(Desk.trade(1))
        #expect(desk.settle { $0.route == .gammaMarkets ? Desk.answers($0) : nil }.isEmpty)
        #expect(desk.wait(.seconds(29)).isEmpty)
        let final = desk.wait(.seconds(1))
        #expect(final.map(\.state) == ["partial"])
        #expect(final[0].reason == "wallet: not found in time; book: not found in time")
        #expect(final[0]["market"] != nil)
    }

    @Test(arguments: [Reply.status(400), .failure("unable to connect", isTransient: true), .found("<html>")])
    func withoutAnyAnswerATradeIsFailed(reply: Reply) {
        var desk = Desk()
        _ = desk.take(Desk.trade(1))
        var lines = desk.settle { _ in reply }
        for _ in 1...10 where lines.isEmpty {
            _ = desk.wait(.seconds(2))
            lines = desk.settle { _ in reply }
        }
        #expect(lines.map(\.state) == ["failed"])
        #expect(desk.take(Desk.trade(2)).map(\.state) == ["failed"])  // known to fail, for a while
        _ = desk.wait(.seconds(31))
        #expect(desk.take(Desk.trade(3)).map(\.state) == ["pending"])
    }

    @Test func aMarketThatIsNotListedIsSoughtAmongTheClosed() {
        var desk = Desk()
        _ = desk.take(Desk.trade(1))
        let final = desk.settle { request in
            request.target.contains("closed=true") || request.route != .gammaMarkets
                ? Desk.answers(request) : .found("[]")
        }
        #expect(final.map(\.state) == ["enriched"])
        #expect(final[0]["market"] != nil)
    }

    @Test func theDefinitiveNoOfAServiceIsAnAnswer() {
        var desk = Desk()
        _ = desk.take(Desk.trade(1))
        let final = desk.settle {
            [.clobBook, .gammaProfile].contains($0.route) ? .status(404) : Desk.answers($0)
        }
        #expect(final.map(\.state) == ["enriched"])
        #expect(final[0]["impact"] == nil)
    }

    @Test func aPartOfAProfileIsTold() {
        var desk = Desk()
        _ = desk.take(Desk.trade(1))
        let final = desk.settle { $0.route == .dataPositions ? .status(400) : Desk.answers($0) }
        #expect(final.map(\.state) == ["partial"])
        #expect(final[0].reason == "wallet: data/positions: HTTP 400")
        #expect(final[0]["profile"]?["total_profit"] == nil)
        #expect(final[0]["profile"]?["trades"]?.integer == 0)
    }

    @Test func closedPositionsArePagedThrough() throws {
        var desk = Desk()
        _ = desk.take(Desk.trade(1))
        func page(_ request: APIRequest) -> Reply {
            guard request.route == .dataClosedPositions else { return Desk.answers(request) }
            let offset = Int(request.target.split(separator: "offset=")[1].prefix { $0.isNumber })!
            let rows = (offset..<min(offset + 50, 120)).map {
                #"{"asset":"\#($0)","realizedPnl":\#($0 < 30 ? 10 : -1),"timestamp":\#(1000 - $0)}"#
            }
            return .found("[\(rows.joined(separator: ","))]")
        }
        let profile = try #require(desk.settle(page).first?["profile"])
        #expect(profile["positions"]?.integer == 121)
        #expect(profile["winners"]?.integer == 31)
        #expect(profile["truncated"] == nil)
    }

    @Test func aPositionThatCannotBeReadEndsNoPaging() throws {
        var desk = Desk()
        _ = desk.take(Desk.trade(1))
        func page(_ request: APIRequest) -> Reply {
            guard [.dataPositions, .dataClosedPositions].contains(request.route) else {
                return Desk.answers(request)
            }
            let (size, all) = request.route == .dataPositions ? (500, 501) : (50, 60)
            let offset = Int(request.target.split(separator: "offset=")[1].prefix { $0.isNumber })!
            let rows = (offset..<min(offset + size, all)).map {
                $0 == 3
                    ? #"{"asset":null}"#
                    : #"{"asset":"\#($0)","size":1,"currentValue":1,"cashPnl":1,"realizedPnl":1}"#
            }
            return .found("[\(rows.joined(separator: ","))]")
        }
        let profile = try #require(desk.settle(page).first?["profile"])
        #expect(profile["positions"]?.integer == 559)
        #expect(profile["truncated"]?.bool == true)  // there are more than were read
        #expect(profile["win_rate"] == nil)
    }

    @Test func pagesAreBounded() throws {
        var desk = Desk()
        _ = desk.take(Desk.trade(1))
        func page(_ request: APIRequest) -> Reply {
            guard request.route == .dataClosedPositions else { return Desk.answers(request) }
            let rows = (0..<50).map { #"{"asset":"\#($0)\#(request.hashValue)","realizedPnl":1}"# }
            return .found("[\(rows.joined(separator: ","))]")
        }
        let profile = try #require(desk.settle(page).first?["profile"])
        #expect(profile["truncated"]?.bool == true)
        #expect(profile["win_rate"] == nil)
        #expect(desk.asked.count { $0.route == .dataClosedPositions } == 10)
    }

    @Test func aRefusedRequestWaitsAsLongAsItWasAskedTo() {
        var desk = Desk()
        _ = desk.take(Desk.trade(1))
        _ = desk.settle {
            $0.route == .gammaMarkets ? .status(429, retryAfter: .seconds(7)) : Desk.answers($0)
        }
        #expect(desk.enricher.requests.refusals == 1)
        _ = desk.wait(.seconds(7))
        #expect(desk.settle().isEmpty)
        _ = desk.wait(.milliseconds(750))
        #expect(desk.settle().map(\.state) == ["enriched"])
    }
}
