import Enrichment
import PMJSON
import PolymarketAPI
import Testing

struct QueueTests {
    @Test func theLargestTradeIsLookedUpFirst() {
        var settings = Enricher.Settings()
        settings.concurrency = 1
        var desk = Desk(settings)
        for (id, value) in [1000, 250_000, 5000].enumerated() {
            _ = desk.take(Desk.trade(id, wallet: "0x\(value)", value: value))
        }
        _ = desk.settle()
        let profiles = desk.asked.filter { $0.route == .gammaProfile }.map(\.target)
        #expect(profiles.map { String($0.split(separator: "=0x")[1]) } == ["250000", "5000", "1000"])
    }

    @Test func aSecondOfWaitingCountsAsAThousandDollars() {
        var settings = Enricher.Settings()
        settings.concurrency = 1
        var desk = Desk(settings)
        _ = desk.take(Desk.trade(1, wallet: "0xfirst", value: 1000))
        _ = desk.wait(.seconds(5))
        _ = desk.take(Desk.trade(2, wallet: "0xsecond", value: 5999))
        _ = desk.take(Desk.trade(3, wallet: "0xthird", value: 6001))
        _ = desk.settle()
        let profiles = desk.asked.filter { $0.route == .gammaProfile }.map(\.target)
        #expect(profiles.map { String($0.split(separator: "=0x")[1]) } == ["third", "first", "second"])
    }

    @Test func aLargerTradeTakesTheRequestItSharesForward() {
        var settings = Enricher.Settings()
        settings.concurrency = 1
        var desk = Desk(settings)
        _ = desk.take(Desk.trade(1, wallet: "0xsmall", value: 1000))
        _ = desk.take(Desk.trade(2, wallet: "0xmiddle", value: 5000))
        _ = desk.take(Desk.trade(3, wallet: "0xsmall", value: 90_000))
        _ = desk.settle()
        #expect(desk.asked.first { $0.route == .gammaProfile }?.target == "/public-profile?address=0xsmall")
        #expect(desk.asked.count { $0.route == .gammaProfile } == 2)
    }

    @Test func theNextPageHasWaitedAsLongAsTheFirst() throws {
        var settings = Enricher.Settings()
        settings.concurrency = 1
        var desk = Desk(settings)
        let rows = (1...50).map { #"{"asset":"\#($0)","realizedPnl":1,"timestamp":\#($0)}"# }
        func isFirstPage(_ request: APIRequest) -> Bool {
            request.route == .dataClosedPositions && request.target.contains("0xfirst")
                && request.target.contains("offset=0")
        }
        _ = desk.take(Desk.trade(1, wallet: "0xfirst", value: 1000))
        _ = desk.settle { isFirstPage($0) ? nil : Desk.answers($0) }
        _ = desk.wait(.seconds(5))
        _ = desk.take(Desk.trade(2, wallet: "0xsecond", value: 5999))
        _ = desk.settle {
            isFirstPage($0) ? .found("[\(rows.joined(separator: ","))]") : Desk.answers($0)
        }
        let second = try #require(desk.asked.firstIndex { $0.target.contains("0xsecond") })
        let page = try #require(desk.asked.firstIndex { $0.target.contains("offset=50") })
        #expect(page < second)
    }

    @Test func whatIsTriedAgainHasEveryFifthTurnWhileThereIsOther() throws {
        var (queue, now) = (RequestQueue(concurrency: 1, at: .now), ContinuousClock.now)
        let live = (1...40).map { queue.add(Gamma.profile(of: "0x\($0)"), .live, worth: 1000, at: now) }
        let later = (1...40).map { queue.add(Gamma.profile(of: "0x9\($0)"), .later, worth: 9000, at: now) }
        var order: [Bool] = []
        while order.count < 60 {
            now += .milliseconds(100)
            guard let (ticket, _) = queue.next(at: now) else { continue }
            order.append(later.contains(ticket))
            _ = queue.settle(ticket, .found("{}"), at: now)
        }
        #expect(order.prefix(50).count { $0 } == 10)
        #expect((0..<10).allSatisfy { order[($0 * 5)..<($0 * 5 + 5)].count { $0 } == 1 })
        #expect(order.suffix(10).allSatisfy { $0 })  // what the others leave is theirs
        #expect(live.count == 40)
    }

    @Test func aLiveTradeTakesWhatIsTriedAgainAlong() throws {
        let now = ContinuousClock.now
        var queue = RequestQueue(concurrency: 1, at: now)
        let shared = queue.add(Gamma.profile(of: "0x1"), .later, worth: 1, at: now)
        _ = queue.add(Gamma.profile(of: "0x2"), .live, worth: 1000, at: now)
        queue.raise(shared, .live, worth: 90_000, since: now)
        #expect(queue.next(at: now)?.ticket == shared)
    }

    @Test func marketsAreAskedForTwentyAtATime() {
        var desk = Desk()
        for id in 1...50 { _ = desk.take(Desk.trade(id, market: "0xc\(id)")) }
        let lines = desk.settle()
        #expect(lines.count { $0.state == "enriched" } == 50)
        let asked = desk.asked.filter { $0.route == .gammaMarkets }
        #expect(asked.map(\.markets.count) == [20, 20, 10])
        #expect(Set(asked.flatMap(\.markets)).count == 50)
        #expect(asked[0].target.hasPrefix("/markets?include_tag=true&limit=20&condition_ids=0xc"))
    }

    @Test func marketsThatFailTogetherAreAskedForAlone() {
        var desk = Desk()
        for id in 1...5 { _ = desk.take(Desk.trade(id, market: "0xc\(id)")) }
        func services(_ request: APIRequest) -> Reply {
            request.markets.contains("0xc3") ? .status(422) : Desk.answers(request)
        }
        var lines = desk.settle(services)
        lines += desk.wait(.seconds(1))
        #expect(lines.count { $0.state == "enriched" } == 4)
        #expect(lines.first { $0.state == "partial" }?.reason == "market: HTTP 422")
    }

    @Test func noMoreRequestsAreUnderWayThanAllowed() {
        var settings = Enricher.Settings()
        settings.concurrency = 3
        var desk = Desk(settings)
        for id in 1...20 { _ = desk.take(Desk.trade(id, wallet: "0x\(id)")) }
        _ = desk.settle { _ in nil }
        #expect(desk.asked.count == 3)
    }

    @Test func freshTradesThatDoNotFitLeaveAsSkipped() {
        var settings = Enricher.Settings()
        settings.mostOpen = 2
        var desk = Desk(settings)
        let lines = (1...3).flatMap { desk.take(Desk.trade($0, wallet: "0x\($0)")) }
        #expect(lines.map(\.state) == ["pending", "pending", "skipped"])
        #expect(lines[2].revision == 1 && lines[2].reason == "too many trades are waiting")
        #expect(desk.enricher.wantsInput)
    }

    @Test func aReplayIsNotReadUntilThereIsRoom() {
        var settings = Enricher.Settings()
        settings.mostOpen = 2
        var desk = Desk(settings)
        let old = "2026-11-22T09:00:00.000Z"
        let lines = (1...3).flatMap { desk.take(Desk.trade($0, wallet: "0x\($0)", receivedAt: old)) }
        #expect(lines.map(\.state) == ["pending", "pending", "pending"])  // what was read already is taken
        #expect(!desk.enricher.wantsInput)
        #expect(desk.settle().count == 3)
        #expect(desk.enricher.wantsInput)
    }

    @Test func whatNobodyWaitsForAnyMoreIsNotAsked() {
        var settings = Enricher.Settings()
        settings.concurrency = 1
        var desk = Desk(settings)
        for id in 1...20 { _ = desk.take(Desk.trade(id, wallet: "0x\(id)")) }
        _ = desk.settle { _ in nil }
        #expect(desk.wait(.seconds(30)).count == 20)
        // One wallet had been asked about, and is found out to the end; the others are not.
        #expect(desk.enricher.requests.waiting == 3)
        _ = desk.settle()
        #expect(desk.asked.count == 4)
    }

    @Test func whatTooManyHaveLeftHalfAnsweredIsForgotten() {
        var settings = Enricher.Settings()
        settings.mostUnwaited = 2
        settings.concurrency = 256
        var desk = Desk(settings)
        func isRefused(_ request: APIRequest) -> Bool { request.route.host == .data }
        for id in 1...20 { _ = desk.take(Desk.trade(id, wallet: "0x\(id)")) }
        _ = desk.settle { isRefused($0) ? .status(429, retryAfter: .seconds(60)) : Desk.answers($0) }
        #expect(desk.wait(.seconds(30)).map(\.state) == Array(repeating: "partial", count: 20))
        #expect(desk.enricher.requests.waiting <= 2 * 3)
        let before = desk.asked.count
        _ = desk.wait(.seconds(1))
        // One that happens now goes before what was left.
        _ = desk.take(Desk.trade(21, wallet: "0x21", value: 1000))
        _ = desk.wait(.seconds(28))
        for _ in 1...40 {
            _ = desk.settle()
            _ = desk.wait(.milliseconds(50))
        }
        let data = desk.asked[before...].filter { isRefused($0) }
        #expect(data.filter { $0.target.contains("0x21") }.count == 3)
        #expect(data.count <= 3 * 3)
    }

    @Test func aTurnOfTheRestPutsNoLargeTradeBehindSmallOnes() throws {
        var (queue, now) = (RequestQueue(concurrency: 1, at: .now), ContinuousClock.now)
        for number in 1...40 {
            _ = queue.add(DataAPI.positions(of: "0x\(number)"), .live, worth: 9000, at: now)
            _ = queue.add(DataAPI.positions(of: "0x9\(number)"), .later, worth: 0, at: now)
            _ = queue.add(CLOB.book(of: "\(number)"), .live, worth: 1000, at: now)
        }
        var routes: [Route] = []
        while routes.count < 60 {
            now += .milliseconds(100)
            guard let (ticket, request) = queue.next(at: now) else { continue }
            routes.append(request.route)
            _ = queue.settle(ticket, .found("[]"), at: now)
        }
        #expect(routes.prefix(49).allSatisfy { $0 == .dataPositions })
    }

    /// Each is enriched before its deadline: what could not be is not read yet.
    @Test func aReplayReadsNoMoreThanTheServicesBear() {
        var desk = Desk()
        let old = "2026-11-22T09:00:00.000Z"
        var (next, lines) = (1, [JSON]())
        while lines.count < 600, desk.asked.count < 10_000 {
            while next <= 600, desk.enricher.wantsInput {
                lines += desk.take(Desk.trade(next, wallet: "0x\(next)", receivedAt: old))
                next += 1
            }
            lines += desk.settle()
            lines += desk.wait(.milliseconds(100))
            lines.removeAll { $0.state == "pending" }
        }
        #expect(lines.count { $0.state == "enriched" } == 600)
    }
}
