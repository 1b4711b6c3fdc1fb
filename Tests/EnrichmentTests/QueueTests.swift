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
        #expect(desk.enricher.requests.waiting == 0)
        _ = desk.settle()
        #expect(desk.asked.count == 1)
    }
}
