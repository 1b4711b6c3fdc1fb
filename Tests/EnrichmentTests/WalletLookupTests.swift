import Enrichment
import PMJSON
import PolymarketAPI
import Testing

/// The reads of a wallet's profile, from either version of the Data API.
struct WalletLookupTests {
    private func profile(_ simulation: inout SimulatedEnricher, _ services: SimulatedEnricher.Services)
        -> JSON?
    {
        _ = simulation.receive(Sample.trade(1))
        return simulation.run(services).first { $0.kind == "trade" }?["profile"]
    }

    @Test func allPagesOfAListAreRead() throws {
        var simulation = SimulatedEnricher()
        let profile = try #require(
            profile(&simulation) { request in
                guard request.part == .closed else { return Sample.reply(to: request) }
                let first =
                    request.target.contains("cursor=b") ? 80 : request.target.contains("cursor=a") ? 40 : 0
                let rows = (first..<first + 40).map {
                    Sample.position("c\($0)", "CLOSED", realized: $0 < 30 ? 10 : -1)
                }
                return .page(rows, next: [0: "a", 40: "b"][first])
            })
        #expect(profile["positions"]?.integer == 121 && profile["winners"]?.integer == 31)
        #expect(profile["truncated"] == nil && profile["win_rate"]?.numberText == "0.2562")
        #expect(profile["total_profit"]?.integer == 70_000 + 300 - 90)
    }

    /// A position that is closed between two pages may come in both lists.
    @Test func eachTokenCountsOnce() throws {
        var simulation = SimulatedEnricher()
        let profile = try #require(
            profile(&simulation) { request in
                request.part == .closed
                    ? .page([Sample.position("1", "CLOSED", realized: 70_000)]) : Sample.reply(to: request)
            })
        #expect(profile["total_profit"]?.integer == 70_000)
    }

    @Test func aWalkThatDoesNotEndIsTruncated() throws {
        var simulation = SimulatedEnricher()
        let profile = try #require(
            profile(&simulation) { request in
                guard request.part == .open else { return Sample.reply(to: request) }
                if request.target.contains("limit=1&") || request.target.hasSuffix("limit=1") {
                    return .page([Sample.position("9", value: 20_000)])
                }
                return .page([Sample.position("1", total: 5)], next: "same")
            })
        #expect(profile["truncated"]?.bool == true && profile["win_rate"] == nil)
        #expect(profile["whale"]?.bool == true, "the most valuable position is read by itself")
    }

    @Test func anUnreadablePositionTruncatesAProfile() throws {
        var simulation = SimulatedEnricher()
        let profile = try #require(
            profile(&simulation) { request in
                request.part == .closed
                    ? .page([#"{"token_id":null}"#, Sample.position("2", "CLOSED", realized: 1)])
                    : Sample.reply(to: request)
            })
        #expect(profile["positions"]?.integer == 2 && profile["truncated"]?.bool == true)
    }

    @Test func statisticsGiveTheCountOfTradesAndTheAge() throws {
        var simulation = SimulatedEnricher()
        let profile = try #require(
            profile(&simulation) { request in
                request.route == .dataV2UserStats
                    ? .found(
                        #"""
                        {"data":{"proxy_wallet":"0xaa","trades":3,"biggest_win":0,"views":1,"join_date":1700000000,\#
                        "all_time_pnl":{"trade_count":4321,"trade_pnl":70001.5}}}
                        """#) : Sample.reply(to: request)
            })
        #expect(profile["trade_count"]?.integer == 4321, "filled orders, not markets")
        #expect(profile["trade_profit"]?.numberText == "70001.5")
        #expect(profile["account_created_at"]?.string == "2023-11-14T22:13:20.000Z")
    }

    @Test func combosAreReadWhereTheStatisticsHaveAResultOfAny() throws {
        func combo(_ id: Int, _ status: String, payout: Double, isRedeemable: Bool = false) -> String {
            #"""
            {"combo_position_id":"\#(id)","status":"\#(status)","gross_entry_cost_usdc":14.25,\#
            "realized_payout_usdc":\#(payout),"redeemable":\#(isRedeemable)}
            """#
        }
        let combos = [
            combo(1, "RESOLVED_WIN", payout: 100), combo(2, "RESOLVED_LOSS", payout: 0),
            combo(3, "RESOLVED_WIN", payout: 0, isRedeemable: true), combo(4, "OPEN", payout: 0),
            combo(5, "RESOLVED_PARTIAL", payout: 4.25),
        ]
        for realized in [0, 61.5] {
            var simulation = SimulatedEnricher()
            let profile = try #require(
                profile(&simulation) { request in
                    switch request.route {
                    case .dataV2UserStats:
                        .found(
                            #"""
                            {"data":{"trades":3,"join_date":1700000000,\#
                            "all_time_pnl":{"trade_count":9,"realized_combo_pnl":\#(realized)}}}
                            """#)
                    case .dataV2ComboPositions:
                        request.target.contains("cursor=b")
                            ? .page(Array(combos[3...])) : .page(Array(combos[..<3]), next: "b")
                    default: Sample.reply(to: request)
                    }
                })
            // 100 − 14.25, −14.25 and 4.25 − 14.25; the payout of the third is due, and the fourth runs.
            #expect(profile["combo_profit"]?.numberText == (realized == 0 ? nil : "61.5"))
            #expect(profile["total_profit"]?.integer == 70_000, "combos are apart")
            #expect(
                simulation.sent.count { $0.route == .dataV2ComboPositions } == (realized == 0 ? 0 : 2))
        }
    }

    @Test func aProfileThatWasNotReadInTimeIsReadAgainSoon() throws {
        var simulation = SimulatedEnricher()
        _ = simulation.receive(Sample.trade(1))
        var pages = 0
        func services(_ request: APIRequest) -> APIReply? {
            guard request.part == .closed else { return Sample.reply(to: request) }
            pages += 1
            return .page([Sample.position("\(pages)", "CLOSED", realized: 1)], next: "\(pages)")
        }
        var isSlow = true
        var lines: [JSON] = []
        for _ in 1...4 {
            var isFirst = true
            lines += simulation.run { request in
                guard request.part == .closed, isSlow else { return Sample.reply(to: request) }
                defer { isFirst = false }
                return isFirst ? services(request) : nil
            }
            lines += simulation.advance(by: .seconds(21))
        }
        let profile = try #require(lines.last { $0.state == "enriched" }?["profile"])
        #expect(profile["truncated"]?.bool == true && profile["win_rate"] == nil)
        isSlow = false
        _ = simulation.advance(by: .seconds(301))
        // The earlier profile serves while it is read again.
        let stale = simulation.receive(Sample.trade(2)).last?["profile"]
        #expect(stale?["truncated"]?.bool == true)
        _ = simulation.run()
        let fresh = simulation.receive(Sample.trade(3)).last?["profile"]
        #expect(fresh?["truncated"] == nil && fresh?["total_profit"]?.integer == 70_000)
    }

    @Test func zerosWithoutADateOfJoiningAreUnknown() throws {
        var simulation = SimulatedEnricher()
        let profile = try #require(
            profile(&simulation) { request in
                request.route == .dataV2UserStats
                    ? .found(
                        #"""
                        {"data":{"proxy_wallet":"0xaa","trades":0,"biggest_win":0,"views":0,"join_date":null,\#
                        "all_time_pnl":null}}
                        """#) : Sample.reply(to: request)
            })
        #expect(profile["trade_count"] == nil)
        #expect(profile["account_created_at"]?.string == "2020-01-01T00:00:00.000Z", "Gamma's date")
    }

    private static func v1(_ request: APIRequest) -> APIReply {
        switch request.route {
        case .dataPositions:
            .found(
                #"[{"asset":"1","size":1,"cashPnl":60000,"realizedPnl":10000,"currentValue":2000,"redeemable":false}]"#
            )
        case .dataClosedPositions, .dataTrades, .dataLeaderboard: .found("[]")
        case .dataValue: .found(#"[{"user":"0xaa","value":2000}]"#)
        case .dataTraded: .found(#"{"user":"0xaa","traded":3}"#)
        default: request.route.dataVersion == .v2 ? .status(410) : Sample.reply(to: request)
        }
    }

    @Test func withoutVersion2TheProfileComesFromVersion1() throws {
        var simulation = SimulatedEnricher()
        let profile = try #require(profile(&simulation, Self.v1))
        #expect(profile["total_profit"]?.integer == 70_000)
        let notices = simulation.enricher.takeNotices()
        #expect(notices.count { $0.contains("positions answers HTTP 410 twice; using v1") } == 1)
        #expect(simulation.enricher.version(of: .positions) == .v1)
        // Later wallets go to version 1 at once.
        let requests = simulation.sent.count { $0.route == .dataV2Positions }
        _ = simulation.receive(Sample.trade(2, wallet: "0xbb"))
        #expect(simulation.run(Self.v1).map(\.state) == ["enriched"])
        #expect(simulation.sent.count { $0.route == .dataV2Positions } == requests)
        #expect(simulation.enricher.takeNotices().isEmpty)
    }

    @Test func withoutVersion1TheProfileComesFromVersion2() throws {
        var settings = Enricher.Settings()
        settings.lookups.dataAPI = .v1ThenV2
        var simulation = SimulatedEnricher(settings)
        let profile = try #require(profile(&simulation) { Sample.reply(to: $0) })
        #expect(profile["total_profit"]?.integer == 70_000)
        #expect(simulation.enricher.version(of: .positions) == .v2)
    }

    @Test(arguments: [429, 503, 400]) func otherAnswersDoNotChangeTheVersion(status: Int) {
        var simulation = SimulatedEnricher()
        _ = simulation.receive(Sample.trade(1))
        for _ in 1...20 {
            _ = simulation.run { $0.route.dataVersion == .v2 ? .status(status) : Self.v1($0) }
            _ = simulation.advance(by: .seconds(1))
        }
        #expect(!simulation.sent.contains { $0.route.dataVersion == .v1 })
        let notices = simulation.enricher.takeNotices()
        #expect(!notices.contains { $0.contains("using v1") })
    }

    @Test func aComboIsReadFromTheWalletsPositions() throws {
        var simulation = SimulatedEnricher()
        let short = "0x030b98f62eadaee25b8c04abe48fb41d480000000000000000000000000000"
        let row = #"""
            {"combo_condition_id":"\#(short)","combo_position_id":"77","status":"OPEN","legs":[\#
            {"leg_condition_id":"0x1","leg_outcome_label":"Yes","market":{"title":"A?","slug":"a"}},\#
            {"leg_condition_id":"0x2","leg_outcome_label":"No","market":{"title":"B?","slug":"b"}}]}
            """#
        _ = simulation.receive(Sample.trade(1, market: short + "00", extra: #","market_type":"combo""#))
        let lines = simulation.run { request in
            request.route == .dataV2ComboPositions ? .page([row]) : Sample.reply(to: request)
        }
        let market = try #require(lines.first?["market"])
        #expect(market["question"]?.string == "A? AND B?" && market["market_type"]?.string == "combo")
        #expect(market["legs"]?.array?.compactMap { $0["outcome"]?.string } == ["Yes", "No"])
        #expect(!simulation.sent.contains { $0.route == .clobBook || $0.route == .gammaMarketsKeyset })
    }

    @Test func aNewMarketIsRequestedPastTheCacheTheSecondTime() {
        var simulation = SimulatedEnricher()
        func services(_ request: APIRequest) -> APIReply {
            request.part == .market ? .found(#"{"markets":[]}"#) : Sample.reply(to: request)
        }
        _ = simulation.receive(Sample.trade(1))
        #expect(simulation.run(services).map(\.state) == ["partial"])
        #expect(simulation.sent.filter { $0.part == .market }.map(\.bypassesCache) == [false, false])
        _ = simulation.advance(by: .seconds(31))
        _ = simulation.run(services)
        #expect(simulation.sent.filter { $0.part == .market }.suffix(2).map(\.bypassesCache) == [true, true])
    }
}
