import Enrichment
import PMJSON
import PolymarketAPI
import Testing

/// Failing services, stale results and retries.
struct OutageTests {
    @Test func aServiceThatKeepsFailingGetsNoRequestsForAWhile() {
        var simulation = SimulatedEnricher()
        for id in 1...10 {
            _ = simulation.receive(Sample.trade(id, wallet: "0x\(id)", market: "0xc\(id)", asset: "\(id)"))
        }
        var lines = simulation.run { $0.route.host == .gamma ? .status(502) : Sample.reply(to: $0) }
        lines += simulation.advance(by: .milliseconds(500))
        lines += simulation.run { $0.route.host == .gamma ? .status(502) : Sample.reply(to: $0) }
        #expect(lines.count { $0.state == "partial" } == 10)
        #expect(lines.allSatisfy { $0.reason?.contains("HTTP 502") == true })
        let requests = simulation.sent.count { $0.route.host == .gamma }
        #expect(requests < 30)
        #expect(
            simulation.receive(Sample.trade(11, wallet: "0x11", market: "0xc11")).map(\.state) == ["pending"])
        #expect(simulation.run().map(\.state) == ["partial"])  // At once, without a request.
        #expect(simulation.sent.count { $0.route.host == .gamma } == requests)
    }

    @Test func aStaleResultIsUsedWhileItIsRefreshed() {
        var simulation = SimulatedEnricher()
        _ = simulation.receive(Sample.trade(1))
        _ = simulation.run()
        _ = simulation.advance(by: .seconds(301))
        let requests = simulation.sent.count
        let old = "2026-11-22T10:00:00.000Z"
        let lines = simulation.receive(Sample.trade(2, receivedAt: old))
        #expect(lines.map(\.state) == ["enriched"])
        #expect(lines[0]["market"]?["as_of"]?.string == old)
        _ = simulation.run()
        #expect(simulation.sent.count > requests)
        #expect(simulation.receive(Sample.trade(3, receivedAt: old))[0]["market"]?["as_of"]?.string != old)
    }

    @Test func aStaleResultIsUsedWhileItsServiceFails() {
        var simulation = SimulatedEnricher()
        _ = simulation.receive(Sample.trade(1))
        _ = simulation.run()
        for _ in 1...5 {
            _ = simulation.advance(by: .seconds(310))
            let lines = simulation.receive(Sample.trade(2, receivedAt: "2026-11-22T10:00:00.000Z"))
            #expect(lines.map(\.state) == ["enriched"])
            _ = simulation.run { _ in .status(400) }
        }
    }

    @Test func anIncompleteTradeIsRetried() {
        var simulation = SimulatedEnricher()
        _ = simulation.receive(Sample.trade(1))
        let first = simulation.run { $0.route == .gammaMarketsKeyset ? .status(400) : Sample.reply(to: $0) }
        #expect(first.map(\.state) == ["partial"] && first.map(\.revision) == [1])
        #expect(simulation.enricher.retryCount == 1)
        _ = simulation.advance(by: .seconds(31))
        let second = simulation.run()
        #expect(second.map(\.state) == ["enriched"] && second.map(\.revision) == [2])
        #expect(second[0]["market"] != nil && second[0]["profile"] != nil)
        #expect(simulation.enricher.retryCount == 0 && simulation.enricher.openCount == 0)
    }

    @Test func fiftyTradesAMinuteAreRetriedForADay() {
        var simulation = SimulatedEnricher()
        func services(_ request: APIRequest) -> APIReply {
            request.part == .open ? .status(400) : Sample.reply(to: request)
        }
        for id in 1...150 {
            _ = simulation.receive(Sample.trade(id, wallet: "0x\(id)"))
            _ = simulation.run(services)
            _ = simulation.advance(by: .milliseconds(100))
        }
        _ = simulation.advance(by: .seconds(30))
        let before = simulation.sent.count
        for _ in 1...600 {
            _ = simulation.run(services)
            _ = simulation.advance(by: .milliseconds(100))
        }
        #expect(48...52 ~= simulation.sent[before...].count { $0.part == .open })
        #expect(simulation.enricher.retryCount == 150)
        _ = simulation.advance(by: .seconds(86_400))
        let late = simulation.sent.count
        for _ in 1...2000 {
            _ = simulation.run(services)
            _ = simulation.advance(by: .milliseconds(100))
        }
        #expect(simulation.sent.count == late && simulation.enricher.retryCount == 0)
    }

    @Test func aFailingRequestIsAttemptedThreeTimes() {
        var simulation = SimulatedEnricher()
        _ = simulation.receive(Sample.trade(1))
        var lines: [JSON] = []
        for _ in 1...100 {
            lines += simulation.run { $0.route == .gammaProfile ? .status(500) : Sample.reply(to: $0) }
            lines += simulation.advance(by: .milliseconds(100))
        }
        #expect(simulation.sent.count { $0.route == .gammaProfile } == 3)
        #expect(lines.map(\.state) == ["partial"])
    }

    /// One day for a wallet, five minutes for a market, one second for an order book.
    @Test(
        arguments: [
            (.open, .seconds(86_400)), (.market, .seconds(300)), (.book, .seconds(1)),
        ] as [(Part, Duration)])
    func aResultIsCachedForItsLifetime(part: Part, lifetime: Duration) {
        var simulation = SimulatedEnricher()
        var requests: Int { simulation.sent.count { $0.part == part } }
        _ = simulation.receive(Sample.trade(1))
        _ = simulation.run()
        _ = simulation.advance(by: lifetime - .milliseconds(100))
        _ = simulation.receive(Sample.trade(2, receivedAt: simulation.now.time.description))
        _ = simulation.run()
        #expect(requests == 1)
        _ = simulation.advance(by: .milliseconds(100))
        _ = simulation.receive(Sample.trade(3, receivedAt: simulation.now.time.description))
        _ = simulation.run()
        #expect(requests == 2)
    }

    @Test func anOwnerFoundAfterTheDeadlineIsUsedByTheRetry() {
        var simulation = SimulatedEnricher()
        let owned =
            #"{"proxy_wallet":"0xBB","token_id":"7","side":"BUY","size":20000,"price":0.5,"timestamp":1795341599}"#
        func isOwner(_ request: APIRequest) -> Bool { request.isForOwner }
        _ = simulation.receive(Sample.trade(1, wallet: nil))
        _ = simulation.advance(by: .seconds(8))
        #expect(simulation.run { isOwner($0) ? nil : Sample.reply(to: $0) }.isEmpty)
        #expect(simulation.advance(by: .seconds(22)).map(\.state) == ["failed"])
        // The answer comes after the deadline, and is cached.
        #expect(simulation.run { isOwner($0) ? .page([owned]) : Sample.reply(to: $0) }.isEmpty)
        #expect(simulation.advance(by: .seconds(31)).isEmpty)
        let second = simulation.run()
        #expect(second.map(\.state) == ["enriched"] && second.map(\.revision) == [2])
        #expect(second.first?["wallet"]?.string == "0xbb" && second.first?["profile"] != nil)
    }

    @Test func aFoundOwnerIsEmittedAlthoughItsProfileFails() {
        var simulation = SimulatedEnricher()
        let owned =
            #"{"proxy_wallet":"0xBB","token_id":"7","side":"BUY","size":20000,"price":0.5,"timestamp":1795341599}"#
        _ = simulation.receive(Sample.trade(1, wallet: nil))
        _ = simulation.advance(by: .seconds(8))
        #expect(simulation.run().map(\.reason) == ["wallet: nobody's trade was found"])
        _ = simulation.advance(by: .seconds(31))
        let lines = simulation.run { request in
            if request.isForOwner { return .page([owned]) }
            return request.part == .closed ? .status(400) : Sample.reply(to: request)
        }
        #expect(lines.map(\.state) == ["partial"] && lines.first?["wallet"]?.string == "0xbb")
    }

    @Test func aRetryThatFindsNothingNewEmitsNothing() {
        var simulation = SimulatedEnricher()
        _ = simulation.receive(Sample.trade(1))
        _ = simulation.run { $0.route == .gammaMarketsKeyset ? .status(400) : Sample.reply(to: $0) }
        for _ in 1...3 {
            #expect(simulation.advance(by: .seconds(300)).isEmpty)
            #expect(simulation.run { $0.route == .gammaMarketsKeyset ? .status(400) : nil }.isEmpty)
        }
        #expect(simulation.enricher.retryCount == 1)
    }

    @Test func theRetryQueueIsBoundedByMemory() {
        var simulation = SimulatedEnricher()
        let level = #"{"price":"0.48","size":"10"}"#
        let book = #"{"bids":[\#(Array(repeating: level, count: 2000).joined(separator: ","))],"asks":[]}"#
        for id in 1...300 {
            _ = simulation.receive(Sample.trade(id, asset: "\(id)", value: 10_000 + id))
            let lines = simulation.run { request in
                switch request.route {
                case .gammaMarketsKeyset: .status(400)
                case .clobBook: .found(book)
                default: Sample.reply(to: request)
                }
            }
            #expect(lines.last?.state == "partial")
        }
        // The queue holds 4 MiB, and each book takes 32 KiB.
        #expect(100...130 ~= simulation.enricher.retryCount)
        _ = simulation.advance(by: .seconds(31))
        #expect(simulation.run().first?["id"]?.string == "300")
    }

    @Test func aSkippedTradeIsRetried() {
        var settings = Enricher.Settings()
        settings.maxOpenTrades = 1
        var simulation = SimulatedEnricher(settings)
        _ = simulation.receive(Sample.trade(1, wallet: "0x1"))
        #expect(simulation.receive(Sample.trade(2, wallet: "0x2")).map(\.state) == ["skipped"])
        _ = simulation.run()
        _ = simulation.advance(by: .seconds(31))
        let lines = simulation.run()
        #expect(lines.map(\.state) == ["enriched"] && lines.map(\.revision) == [2])
    }
}
