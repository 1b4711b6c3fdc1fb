import Enrichment
import PMJSON
import PolymarketAPI
import Testing

struct RequestOrderTests {
    @Test func theLargestTradeIsLookedUpFirst() {
        var settings = Enricher.Settings()
        settings.lookups.concurrency = 1
        var simulation = SimulatedEnricher(settings)
        for (id, value) in [1000, 250_000, 5000].enumerated() {
            _ = simulation.receive(Sample.trade(id, wallet: "0x\(value)", value: value))
        }
        _ = simulation.run()
        let profiles = simulation.sent.filter { $0.route == .gammaProfile }.map(\.target)
        #expect(profiles.map { String($0.split(separator: "=0x")[1]) } == ["250000", "5000", "1000"])
    }

    @Test func oneSecondOfWaitingCountsAsAThousandDollars() {
        var settings = Enricher.Settings()
        settings.lookups.concurrency = 1
        var simulation = SimulatedEnricher(settings)
        _ = simulation.receive(Sample.trade(1, wallet: "0xfirst", value: 1000))
        _ = simulation.advance(by: .seconds(5))
        _ = simulation.receive(Sample.trade(2, wallet: "0xsecond", value: 5999))
        _ = simulation.receive(Sample.trade(3, wallet: "0xthird", value: 6001))
        _ = simulation.run()
        let profiles = simulation.sent.filter { $0.route == .gammaProfile }.map(\.target)
        #expect(profiles.map { String($0.split(separator: "=0x")[1]) } == ["third", "first", "second"])
    }

    @Test func aLargerTradePromotesTheRequestItShares() {
        var settings = Enricher.Settings()
        settings.lookups.concurrency = 1
        var simulation = SimulatedEnricher(settings)
        _ = simulation.receive(Sample.trade(1, wallet: "0xsmall", value: 1000))
        _ = simulation.receive(Sample.trade(2, wallet: "0xmiddle", value: 5000))
        _ = simulation.receive(Sample.trade(3, wallet: "0xsmall", value: 90_000))
        _ = simulation.run()
        #expect(
            simulation.sent.first { $0.route == .gammaProfile }?.target == "/public-profile?address=0xsmall")
        #expect(simulation.sent.count { $0.route == .gammaProfile } == 2)
    }

    @Test func theNextPageHasTheAgeOfTheFirst() throws {
        var settings = Enricher.Settings()
        settings.lookups.concurrency = 1
        var simulation = SimulatedEnricher(settings)
        let row = Sample.position("2", "CLOSED", realized: 1)
        func isFirstPage(_ request: APIRequest) -> Bool {
            request.part == .closed && request.target.contains("0xfirst")
                && !request.target.contains("cursor=")
        }
        _ = simulation.receive(Sample.trade(1, wallet: "0xfirst", value: 1000))
        _ = simulation.run { isFirstPage($0) ? nil : Sample.reply(to: $0) }
        _ = simulation.advance(by: .seconds(5))
        _ = simulation.receive(Sample.trade(2, wallet: "0xsecond", value: 5999))
        _ = simulation.run {
            isFirstPage($0) ? .page([row], next: "b") : Sample.reply(to: $0)
        }
        let second = try #require(simulation.sent.firstIndex { $0.target.contains("0xsecond") })
        let page = try #require(simulation.sent.firstIndex { $0.target.contains("cursor=b") })
        #expect(page < second)
    }

    @Test func backgroundRequestsGetEveryFifthTurn() throws {
        var (queue, now) = (RequestQueue(concurrency: 1, at: .now), ContinuousClock.now)
        let live = (1...40).map { queue.add(Gamma.profile(of: "0x\($0)"), .live, value: 1000, at: now) }
        let background = (1...40).map {
            queue.add(Gamma.profile(of: "0x9\($0)"), .background, value: 9000, at: now)
        }
        var order: [Bool] = []
        while order.count < 60 {
            now += .milliseconds(100)
            guard let (id, _) = queue.next(at: now) else { continue }
            order.append(background.contains(id))
            _ = queue.settle(id, .found("{}"), at: now)
        }
        #expect(order.prefix(50).count { $0 } == 10)
        #expect((0..<10).allSatisfy { order[($0 * 5)..<($0 * 5 + 5)].count { $0 } == 1 })
        #expect(order.suffix(10).allSatisfy { $0 })  // They get the turns that live requests leave.
        #expect(live.count == 40)
    }

    @Test func aLiveTradePromotesABackgroundRequest() throws {
        let now = ContinuousClock.now
        var queue = RequestQueue(concurrency: 1, at: now)
        let shared = queue.add(Gamma.profile(of: "0x1"), .background, value: 1, at: now)
        _ = queue.add(Gamma.profile(of: "0x2"), .live, value: 1000, at: now)
        queue.promote(shared, to: .live, value: 90_000, since: now)
        #expect(queue.next(at: now)?.id == shared)
    }

    @Test func marketsAreRequestedInBatchesOfTwenty() {
        var simulation = SimulatedEnricher()
        for id in 1...50 { _ = simulation.receive(Sample.trade(id, market: "0xc\(id)")) }
        let lines = simulation.run()
        #expect(lines.count { $0.state == "enriched" } == 50)
        let requests = simulation.sent.filter { $0.route == .gammaMarketsKeyset }
        #expect(requests.map(\.markets.count) == [20, 20, 10])
        #expect(Set(requests.flatMap(\.markets)).count == 50)
        #expect(
            requests[0].target.hasPrefix(
                "/markets/keyset?limit=100&closed=false&include_tag=true&condition_ids=0xc"))
    }

    @Test func marketsOfAFailedBatchAreRequestedAlone() {
        var simulation = SimulatedEnricher()
        for id in 1...5 { _ = simulation.receive(Sample.trade(id, market: "0xc\(id)")) }
        func services(_ request: APIRequest) -> APIReply {
            request.markets.contains("0xc3") ? .status(422) : Sample.reply(to: request)
        }
        var lines = simulation.run(services)
        lines += simulation.advance(by: .seconds(1))
        #expect(lines.count { $0.state == "enriched" } == 4)
        #expect(lines.first { $0.state == "partial" }?.reason == "market: HTTP 422")
    }

    @Test func theNumberOfRequestsInFlightIsBounded() {
        var settings = Enricher.Settings()
        settings.lookups.concurrency = 3
        var simulation = SimulatedEnricher(settings)
        for id in 1...20 { _ = simulation.receive(Sample.trade(id, wallet: "0x\(id)")) }
        _ = simulation.run { _ in nil }
        #expect(simulation.sent.count == 3)
    }

    @Test func liveTradesAreSkippedWhenTooManyWait() {
        var settings = Enricher.Settings()
        settings.maxOpenTrades = 2
        var simulation = SimulatedEnricher(settings)
        let lines = (1...3).flatMap { simulation.receive(Sample.trade($0, wallet: "0x\($0)")) }
        #expect(lines.map(\.state) == ["pending", "pending", "skipped"])
        #expect(lines[2].revision == 1 && lines[2].reason == "too many trades are waiting")
        #expect(simulation.enricher.wantsInput)
    }

    @Test func aReplayIsReadOnlyWhileThereIsRoom() {
        var settings = Enricher.Settings()
        settings.maxOpenTrades = 2
        var simulation = SimulatedEnricher(settings)
        let old = "2026-11-22T09:00:00.000Z"
        let lines = (1...3).flatMap {
            simulation.receive(Sample.trade($0, wallet: "0x\($0)", receivedAt: old))
        }
        #expect(lines.map(\.state) == ["pending", "pending", "pending"])
        #expect(!simulation.enricher.wantsInput)
        #expect(simulation.run().count == 3)
        #expect(simulation.enricher.wantsInput)
    }

    @Test func lookupsThatHaveNotStartedAreCancelledWithTheirTrades() {
        var settings = Enricher.Settings()
        settings.lookups.concurrency = 1
        var simulation = SimulatedEnricher(settings)
        for id in 1...20 { _ = simulation.receive(Sample.trade(id, wallet: "0x\(id)")) }
        _ = simulation.run { _ in nil }
        #expect(simulation.advance(by: .seconds(30)).count == 20)
        // One wallet's look-up had started, and finishes. The others are cancelled.
        #expect(simulation.enricher.requests.waiting == 5)
        _ = simulation.run()
        #expect(simulation.sent.count == 7)
    }

    @Test func theNumberOfBackgroundLookupsIsBounded() {
        var settings = Enricher.Settings()
        settings.lookups.maxBackground = 2
        settings.lookups.concurrency = 256
        var simulation = SimulatedEnricher(settings)
        func isRefused(_ request: APIRequest) -> Bool { request.route.host == .data }
        for id in 1...20 { _ = simulation.receive(Sample.trade(id, wallet: "0x\(id)")) }
        _ = simulation.run { isRefused($0) ? .status(429, retryAfter: .seconds(60)) : Sample.reply(to: $0) }
        #expect(simulation.advance(by: .seconds(30)).map(\.state) == Array(repeating: "partial", count: 20))
        #expect(simulation.enricher.requests.waiting <= 2 * 5)
        let before = simulation.sent.count
        _ = simulation.advance(by: .seconds(1))
        // A live trade goes before background look-ups.
        _ = simulation.receive(Sample.trade(21, wallet: "0x21", value: 1000))
        _ = simulation.advance(by: .seconds(28))
        for _ in 1...40 {
            _ = simulation.run()
            _ = simulation.advance(by: .milliseconds(50))
        }
        let data = simulation.sent[before...].filter { isRefused($0) }
        #expect(data.filter { $0.target.contains("0x21") }.count == 6)
        #expect(data.count <= 3 * 6)
    }

    @Test func aBackgroundTurnDoesNotLowerItsRoutesRank() throws {
        var (queue, now) = (RequestQueue(concurrency: 1, at: .now), ContinuousClock.now)
        for number in 1...40 {
            _ = queue.add(
                DataAPI.PositionsRead(of: "0x\(number)", .open).request(at: .start), .live, value: 9000,
                at: now)
            _ = queue.add(
                DataAPI.PositionsRead(of: "0x9\(number)", .open).request(at: .start), .background, value: 0,
                at: now)
            _ = queue.add(CLOB.book(of: "\(number)"), .live, value: 1000, at: now)
        }
        var routes: [Route] = []
        while routes.count < 60 {
            now += .milliseconds(100)
            guard let (id, request) = queue.next(at: now) else { continue }
            routes.append(request.route)
            _ = queue.settle(id, .found("[]"), at: now)
        }
        #expect(routes.prefix(49).allSatisfy { $0 == .dataV2Positions })
    }

    /// Every trade is enriched before its deadline, because later ones are not read yet.
    @Test func aReplayIsReadAsFastAsTheServicesPermit() {
        var simulation = SimulatedEnricher()
        let old = "2026-11-22T09:00:00.000Z"
        var (next, lines) = (1, [JSON]())
        while lines.count < 600, simulation.sent.count < 10_000 {
            while next <= 600, simulation.enricher.wantsInput {
                lines += simulation.receive(Sample.trade(next, wallet: "0x\(next)", receivedAt: old))
                next += 1
            }
            lines += simulation.run()
            lines += simulation.advance(by: .milliseconds(100))
            lines.removeAll { $0.state == "pending" }
        }
        #expect(lines.count { $0.state == "enriched" } == 600)
    }
}
