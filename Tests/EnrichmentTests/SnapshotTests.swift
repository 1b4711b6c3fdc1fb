import Enrichment
import PMJSON
import PolymarketAPI
import Testing

struct SnapshotTests {
    @Test func leaderboardsAreReadAndTradesHaveTheirRanks() throws {
        var settings = Enricher.Settings()
        settings.leaderboardInterval = .seconds(3600)
        var simulation = SimulatedEnricher(settings)
        func services(_ request: APIRequest) -> APIReply {
            guard request.route == .dataV2Leaderboard else { return Sample.reply(to: request) }
            let rows = (0..<200).map {
                #"{"rank":\#($0 + 1),"user_id":"0x\#($0 == 1 ? "AA" : "f\($0)")","pnl":\#(1000 - $0),"volume":5}"#
            }
            return .page(rows, next: "more")
        }
        _ = simulation.receive(Sample.trade(1))
        let records = simulation.run(services).filter { $0.kind == "leaderboard" }
        #expect(records.compactMap { $0["period"]?.string }.sorted() == ["all", "day", "month", "week"])
        #expect(records.allSatisfy { $0["entries"]?.array?.count == 200 && $0["as_of"] != nil })
        #expect(simulation.sent.count { $0.route == .dataV2Leaderboard } == 4)
        let first = try #require(records.first?["entries"]?.array?.first)
        #expect(first["volume_shares"]?.integer == 5 && first["volume"] == nil)
        let rank = try #require(simulation.receive(Sample.trade(2))[0]["rank"])
        #expect(rank["places"]?.array?.count == 4)
        #expect(rank["places"]?.array?[0]["rank"]?.integer == 2)
        #expect(rank["places"]?.array?[0]["pnl"]?.numberText == "999")
        #expect(rank["as_of"]?.string == "2026-11-22T10:00:00.000Z")
    }

    @Test func leaderboardsAreReadEveryHourWithoutTrades() {
        var settings = Enricher.Settings()
        settings.leaderboardInterval = .seconds(3600)
        var simulation = SimulatedEnricher(settings)
        var boards: Int { simulation.sent.count { $0.route == .dataV2Leaderboard } }
        #expect(simulation.enricher.wakeTime(at: simulation.now) == nil)  // No trade has come yet.
        let row = #"{"rank":1,"user_id":"0xaa","pnl":5}"#
        func services(_ request: APIRequest) -> APIReply {
            request.route == .dataV2Leaderboard ? .page([row]) : Sample.reply(to: request)
        }
        _ = simulation.receive(Sample.trade(1))
        _ = simulation.run(services)
        #expect(boards == 4)
        let due = simulation.enricher.wakeTime(at: simulation.now)
        #expect(due == simulation.now.instant + .seconds(3600))
        _ = simulation.advance(by: .seconds(3599))
        _ = simulation.run(services)
        #expect(boards == 4)
        _ = simulation.advance(by: .seconds(1))
        _ = simulation.run(services)
        #expect(boards == 8)
    }

    @Test func anIncompleteLeaderboardIsNotEmitted() {
        var settings = Enricher.Settings()
        settings.leaderboardInterval = .seconds(3600)
        var simulation = SimulatedEnricher(settings)
        let rows = (1...50).map { #"{"rank":\#($0),"user_id":"0x\#($0)","pnl":5}"# }
        _ = simulation.receive(Sample.trade(1))
        let lines = simulation.run { request in
            guard request.route == .dataV2Leaderboard else { return Sample.reply(to: request) }
            return request.target.contains("cursor=") ? .status(400) : .page(rows, next: "more")
        }
        #expect(!lines.contains { $0.kind == "leaderboard" })
    }

    @Test func anUnreadablePlaceDoesNotEndALeaderboard() {
        var settings = Enricher.Settings()
        settings.leaderboardInterval = .seconds(3600)
        var simulation = SimulatedEnricher(settings)
        func services(_ request: APIRequest) -> APIReply {
            guard request.route == .dataV2Leaderboard else { return Sample.reply(to: request) }
            let rows = (0..<200).map {
                $0 == 7 ? #"{"rank":8}"# : #"{"rank":\#($0 + 1),"user_id":"0xf\#($0)","pnl":5}"#
            }
            return .page(rows)
        }
        _ = simulation.receive(Sample.trade(1))
        let boards = simulation.run(services).filter { $0.kind == "leaderboard" }
        #expect(boards.count == 4 && boards.allSatisfy { $0["entries"]?.array?.count == 199 })
    }

    @Test func aWhalesPortfolioIsEmittedAtMostEveryFiveMinutes() {
        var simulation = SimulatedEnricher()
        var portfolios: [JSON] = []
        func services(_ request: APIRequest) -> APIReply {
            guard request.part == .open else { return Sample.reply(to: request) }
            return .page([Sample.position("1", total: 70_000, value: 20_000)])
        }
        for id in 1...20 {
            _ = simulation.receive(Sample.trade(id, receivedAt: "2026-11-22T10:00:00.000Z"))
            portfolios += simulation.run(services).filter { $0.kind == "portfolio" }
            portfolios += simulation.advance(by: .seconds(60)).filter { $0.kind == "portfolio" }
        }
        #expect(portfolios.count == 4)
        #expect(portfolios[0]["wallet"]?.string == "0xaa")
        #expect(
            portfolios[0]["value"]?.numberText == "20000" && portfolios[0]["profit"]?.numberText == "70000")
        #expect(portfolios[0]["positions"]?.integer == 1)
    }
}
