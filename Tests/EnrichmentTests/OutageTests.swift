import Enrichment
import PMJSON
import PolymarketAPI
import Testing

/// What happens when a service fails, and when what is known grows old.
struct OutageTests {
    @Test func aServiceThatKeepsFailingIsLeftAlone() {
        var desk = Desk()
        for id in 1...10 {
            _ = desk.take(Desk.trade(id, wallet: "0x\(id)", market: "0xc\(id)", asset: "\(id)"))
        }
        var lines = desk.settle { $0.route.host == .gamma ? .status(502) : Desk.answers($0) }
        lines += desk.wait(.milliseconds(500))
        lines += desk.settle { $0.route.host == .gamma ? .status(502) : Desk.answers($0) }
        #expect(lines.count { $0.state == "partial" } == 10)
        #expect(lines.allSatisfy { $0.reason?.contains("HTTP 502") == true })
        let asked = desk.asked.count { $0.route.host == .gamma }
        #expect(asked < 30)
        #expect(desk.take(Desk.trade(11, wallet: "0x11", market: "0xc11")).map(\.state) == ["pending"])
        #expect(desk.settle().map(\.state) == ["partial"])  // at once, without a word to the service
        #expect(desk.asked.count { $0.route.host == .gamma } == asked)
    }

    @Test func whatIsOldIsToldWhileItIsReadAnew() {
        var desk = Desk()
        _ = desk.take(Desk.trade(1))
        _ = desk.settle()
        _ = desk.wait(.seconds(301))
        let asked = desk.asked.count
        let old = "2026-11-22T10:00:00.000Z"
        let lines = desk.take(Desk.trade(2, receivedAt: old))
        #expect(lines.map(\.state) == ["enriched"])
        #expect(lines[0]["market"]?["as_of"]?.string == old)
        _ = desk.settle()
        #expect(desk.asked.count > asked)
        #expect(desk.take(Desk.trade(3, receivedAt: old))[0]["market"]?["as_of"]?.string != old)
    }

    @Test func whatIsOldIsToldWhileItsServiceFails() {
        var desk = Desk()
        _ = desk.take(Desk.trade(1))
        _ = desk.settle()
        for _ in 1...5 {
            _ = desk.wait(.seconds(310))
            let lines = desk.take(Desk.trade(2, receivedAt: "2026-11-22T10:00:00.000Z"))
            #expect(lines.map(\.state) == ["enriched"])
            _ = desk.settle { _ in .status(400) }
        }
    }

    @Test func whatLeftWithLessIsTriedAgain() {
        var desk = Desk()
        _ = desk.take(Desk.trade(1))
        let first = desk.settle { $0.route == .gammaMarkets ? .status(400) : Desk.answers($0) }
        #expect(first.map(\.state) == ["partial"] && first.map(\.revision) == [1])
        #expect(desk.enricher.retryCount == 1)
        _ = desk.wait(.seconds(31))
        let second = desk.settle()
        #expect(second.map(\.state) == ["enriched"] && second.map(\.revision) == [2])
        #expect(second[0]["market"] != nil && second[0]["profile"] != nil)
        #expect(desk.enricher.retryCount == 0 && desk.enricher.openCount == 0)
    }

    @Test func fiftyAMinuteAreTriedAgainForADay() {
        var desk = Desk()
        func services(_ request: APIRequest) -> Reply {
            request.route == .dataPositions ? .status(400) : Desk.answers(request)
        }
        for id in 1...150 {
            _ = desk.take(Desk.trade(id, wallet: "0x\(id)"))
            _ = desk.settle(services)
            _ = desk.wait(.milliseconds(100))
        }
        _ = desk.wait(.seconds(30))
        let before = desk.asked.count
        for _ in 1...600 {
            _ = desk.settle(services)
            _ = desk.wait(.milliseconds(100))
        }
        #expect(48...52 ~= desk.asked[before...].count { $0.route == .dataPositions })
        #expect(desk.enricher.retryCount == 150)
        _ = desk.wait(.seconds(86_400))
        let late = desk.asked.count
        for _ in 1...2000 {
            _ = desk.settle(services)
            _ = desk.wait(.milliseconds(100))
        }
        #expect(desk.asked.count == late && desk.enricher.retryCount == 0)
    }

    @Test func whatFailsIsAskedThreeTimes() {
        var desk = Desk()
        _ = desk.take(Desk.trade(1))
        var lines: [JSON] = []
        for _ in 1...100 {
            lines += desk.settle { $0.route == .gammaProfile ? .status(500) : Desk.answers($0) }
            lines += desk.wait(.milliseconds(100))
        }
        #expect(desk.asked.count { $0.route == .gammaProfile } == 3)
        #expect(lines.map(\.state) == ["partial"])
    }

    /// A wallet for a day, a market for five minutes, an order book for a second.
    @Test(
        arguments: [
            (.dataPositions, .seconds(86_400)), (.gammaMarkets, .seconds(300)), (.clobBook, .seconds(1)),
        ] as [(Route, Duration)])
    func whatWasFoundIsKeptForItsTime(route: Route, lifetime: Duration) {
        var desk = Desk()
        var asked: Int { desk.asked.count { $0.route == route } }
        _ = desk.take(Desk.trade(1))
        _ = desk.settle()
        _ = desk.wait(lifetime - .milliseconds(100))
        _ = desk.take(Desk.trade(2, receivedAt: desk.now.time.description))
        _ = desk.settle()
        #expect(asked == 1)
        _ = desk.wait(.milliseconds(100))
        _ = desk.take(Desk.trade(3, receivedAt: desk.now.time.description))
        _ = desk.settle()
        #expect(asked == 2)
    }

    @Test func anOwnerFoundBetweenTriesIsLookedUpInTheNext() {
        var desk = Desk()
        let owned =
            #"[{"proxyWallet":"0xBB","asset":"7","side":"BUY","size":20000,"price":0.5,"timestamp":1795341599}]"#
        func isOwner(_ request: APIRequest) -> Bool { request.target.contains("market=") }
        _ = desk.take(Desk.trade(1, wallet: nil))
        _ = desk.wait(.seconds(8))
        #expect(desk.settle { isOwner($0) ? nil : Desk.answers($0) }.isEmpty)
        #expect(desk.wait(.seconds(22)).map(\.state) == ["failed"])
        // The answer comes when nobody waits for it any more, and is kept.
        #expect(desk.settle { isOwner($0) ? .found(owned) : Desk.answers($0) }.isEmpty)
        #expect(desk.wait(.seconds(31)).isEmpty)
        let second = desk.settle()
        #expect(second.map(\.state) == ["enriched"] && second.map(\.revision) == [2])
        #expect(second.first?["wallet"]?.string == "0xbb" && second.first?["profile"] != nil)
    }

    @Test func whoseTradeItWasIsNewsThoughHisProfileFails() {
        var desk = Desk()
        let owned =
            #"[{"proxyWallet":"0xBB","asset":"7","side":"BUY","size":20000,"price":0.5,"timestamp":1795341599}]"#
        _ = desk.take(Desk.trade(1, wallet: nil))
        _ = desk.wait(.seconds(8))
        #expect(desk.settle().map(\.reason) == ["wallet: nobody's trade was found"])
        _ = desk.wait(.seconds(31))
        let lines = desk.settle { request in
            if request.target.contains("market=") { return .found(owned) }
            return request.route == .dataClosedPositions ? .status(400) : Desk.answers(request)
        }
        #expect(lines.map(\.state) == ["partial"] && lines.first?["wallet"]?.string == "0xbb")
    }

    @Test func aTryThatBringsNothingNewTellsNothing() {
        var desk = Desk()
        _ = desk.take(Desk.trade(1))
        _ = desk.settle { $0.route == .gammaMarkets ? .status(400) : Desk.answers($0) }
        for _ in 1...3 {
            #expect(desk.wait(.seconds(300)).isEmpty)
            #expect(desk.settle { $0.route == .gammaMarkets ? .status(400) : nil }.isEmpty)
        }
        #expect(desk.enricher.retryCount == 1)
    }

    @Test func whatIsTriedAgainIsBoundedWithWhatWasFoundOfIt() {
        var desk = Desk()
        let level = #"{"price":"0.48","size":"10"}"#
        let book = #"{"bids":[\#(Array(repeating: level, count: 2000).joined(separator: ","))],"asks":[]}"#
        for id in 1...300 {
            _ = desk.take(Desk.trade(id, asset: "\(id)", value: 10_000 + id))
            let lines = desk.settle { request in
                switch request.route {
                case .gammaMarkets: .status(400)
                case .clobBook: .found(book)
                default: Desk.answers(request)
                }
            }
            #expect(lines.last?.state == "partial")
        }
        // Of 4 MiB every book takes 32 KiB.
        #expect(100...130 ~= desk.enricher.retryCount)
        _ = desk.wait(.seconds(31))
        #expect(desk.settle().first?["id"]?.string == "300")
    }

    @Test func whatWasSkippedIsMadeUpFor() {
        var settings = Enricher.Settings()
        settings.mostOpen = 1
        var desk = Desk(settings)
        _ = desk.take(Desk.trade(1, wallet: "0x1"))
        #expect(desk.take(Desk.trade(2, wallet: "0x2")).map(\.state) == ["skipped"])
        _ = desk.settle()
        _ = desk.wait(.seconds(31))
        let lines = desk.settle()
        #expect(lines.map(\.state) == ["enriched"] && lines.map(\.revision) == [2])
    }
}
