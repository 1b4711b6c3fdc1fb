import PMRecord
import PolymarketAPI
import Testing

/// Both versions give the same rows.
struct DataAPITests {
    static let tradeV1 = #"""
        {"proxyWallet":"0xAA","side":"SELL","asset":"7","conditionId":"0xCD","size":2.50,"price":0.4,\#
        "timestamp":1784327295,"title":"T","slug":"t","icon":"i","eventSlug":"e","outcome":"No","outcomeIndex":1,\#
        "name":"n","pseudonym":"p","bio":"","profileImage":"","profileImageOptimized":"","transactionHash":"0xEF"}
        """#
    static let tradeV2 = #"""
        {"proxy_wallet":"0xAA","side":"SELL","token_id":"7","condition_id":"0xCD","size":2.50,"price":0.4,\#
        "timestamp":1784327295,"title":"T","slug":"t","icon":"i","event_slug":"e","outcome":"No","outcome_index":1,\#
        "name":"n","pseudonym":"p","bio":"","profile_image":"","profile_image_optimized":"",\#
        "transaction_hash":"0xEF"}
        """#

    @Test(arguments: [true, false]) func trades(takerOnly: Bool) throws {
        for (version, answer) in [(DataAPIVersion.v1, list([Self.tradeV1])), (.v2, paged([Self.tradeV2]))] {
            let page = try DataAPI.TradesRead(version, takerOnly: takerOnly).page(in: bytes(answer))
            let row = try #require(page.rows.first)
            #expect(row.wallet == "0xaa" && row.asset == "7" && row.conditionID?.text == "0xcd")
            #expect(row.transactionHash == "0xef" && row.side == "SELL" && row.value == 1)
            #expect(row.sizeText == "2.50" && row.priceText == "0.4")
            #expect(row.time == Timestamp(milliseconds: 1_784_327_295_000))
            #expect(row.outcome == "No" && row.outcomeIndex == 1)
            #expect([row.title, row.slug, row.eventSlug, row.icon] == ["T", "t", "e", "i"])
            #expect([row.name, row.pseudonym] == ["n", "p"])
            #expect(row.role == (takerOnly ? .taker : nil))
            #expect(page.drift.isEmpty && page.limit == (version == .v2 ? 1000 : nil))
        }
    }

    /// Odd secondary members are left out; the trade stays.
    @Test(arguments: [
        #""outcome_index":999,"outcome":"Yes""#, #""outcome_index":-1,"timestamp":null"#,
        #""condition_id":7,"transaction_hash":[],"name":{}"#, #""timestamp":"2026-09-24T18:45:00Z""#,
    ])
    func oddMembersAreNoReasonToLoseATrade(members: String) throws {
        let row = #"{"proxy_wallet":"0xaa","token_id":"7","size":"1","price":".5",\#(members)}"#
        let page = try DataAPI.TradesRead(takerOnly: true).page(in: bytes(paged([row])))
        #expect(page.rows.count == 1 && page.rows[0].outcomeIndex == nil)
    }

    @Test func openPositions() throws {
        let v1 = #"""
            {"asset":"7","conditionId":"0xCD","size":10,"avgPrice":0.4,"initialValue":4,"currentValue":5,"cashPnl":1,\#
            "totalBought":12,"realizedPnl":0.5,"curPrice":0.5,"redeemable":false,"endDate":"2026-10-08"}
            """#
        let v2 = #"""
            {"token_id":"7","condition_id":"0xCD","current_size":10,"avg_price":0.4,"entry_cost_usdc":4,\#
            "current_value":5,"unrealized_pnl":1,"total_size":12,"realized_pnl":0.5,"total_pnl":1.5,\#
            "current_price":0.5,"redeemable":false,"status":"OPEN","end_date":"2026-10-08"}
            """#
        for (version, answer) in [(DataAPIVersion.v1, list([v1])), (.v2, paged([v2]))] {
            let row = try #require(
                try DataAPI.PositionsRead(version, of: "0xaa", .open).page(in: bytes(answer)).rows.first)
            #expect(row.asset == "7" && row.status == .open && row.size == 10 && row.sharesBought == 12)
            #expect(row.entryCost == 4 && row.currentValue == 5 && row.unrealizedProfit == 1)
            #expect(row.totalProfit?.description == "1.5" && row.isRedeemable == false)
            #expect(row.endDate == Timestamp("2026-10-08T00:00:00Z") && row.isNegativeRisk == nil)
        }
    }

    @Test func closedPositions() throws {
        let v1 = #"{"asset":"7","realizedPnl":-2,"totalBought":3,"timestamp":1790258548}"#
        let v2 = #"""
            {"token_id":"7","realized_pnl":-2,"total_pnl":-2,"unrealized_pnl":0,"total_size":3,"current_size":0,\#
            "current_value":0,"status":"CLOSED","last_event_at":1790258548,"first_entry_at":0,"end_date":"1970-01-01"}
            """#
        for (version, answer) in [(DataAPIVersion.v1, list([v1])), (.v2, paged([v2]))] {
            let row = try #require(
                try DataAPI.PositionsRead(version, of: "0xaa", .closed).page(in: bytes(answer)).rows.first)
            #expect(row.status == .closed && row.totalProfit == -2 && row.realizedProfit == -2)
            #expect(row.size == .zero && row.currentValue == .zero)
            #expect(row.lastEventAt == Timestamp(milliseconds: 1_790_258_548_000))
            #expect(row.firstEntryAt == nil && row.endDate == nil)
        }
    }

    @Test func partsOfVersion1sOpenPositionsAreChosenHere() throws {
        let rows = [
            #"{"asset":"1","redeemable":true,"currentValue":0,"mergeable":false}"#,
            #"{"asset":"2","redeemable":true,"currentValue":9,"mergeable":false}"#,
            #"{"asset":"3","redeemable":false,"currentValue":0,"mergeable":true}"#, #"{"asset":"4"}"#,
        ]
        let chosen: [(DataAPI.PositionsRead.Status, [String])] = [
            (.open, ["1", "2", "3", "4"]), (.redeemable, ["1", "2"]), (.redeemableLost, ["1"]),
            (.mergeable, ["3"]),
        ]
        for (status, assets) in chosen {
            let page = try DataAPI.PositionsRead(.v1, of: "0xaa", status).page(in: bytes(list(rows)))
            #expect(page.rows.map(\.asset) == assets && page.count == 4 && page.unreadable == 0)
        }
    }

    @Test(arguments: ["null", #""""#, "[]", #""n/a""#]) func anAmountThatIsNoneIsUnknown(amount: String)
        throws
    {
        let row = #"{"token_id":"7","total_pnl":\#(amount),"current_value":\#(amount)}"#
        let page = try DataAPI.PositionsRead(of: "0xaa", .open).page(in: bytes(paged([row])))
        #expect(page.rows.first?.totalProfit == nil && page.rows.first?.currentValue == nil)
        let value = try DataAPI.PortfolioValueRead(of: "0xaa").reading(
            of: bytes(#"{"data":{"proxy_wallet":"0xaa","value":\#(amount)}}"#))
        #expect(value.value == nil)
    }

    @Test func leaderboards() throws {
        let v1 = #"{"rank":"3","proxyWallet":"0xAA","userName":"n","vol":5,"pnl":7,"verifiedBadge":true}"#
        let v2 = #"{"rank":3,"user_id":"0xAA","user_name":"n","volume":5,"pnl":7,"verified":true}"#
        for (version, answer) in [(DataAPIVersion.v1, list([v1])), (.v2, paged([v2]))] {
            let place = try #require(
                try DataAPI.LeaderboardRead(version, .week).page(in: bytes(answer)).rows.first)
            #expect(place.rank == 3 && place.wallet == "0xaa" && place.name == "n" && place.profit == 7)
            #expect(place.volumeShares == (version == .v2 ? 5 : nil))
            #expect(place.volumeDollars == (version == .v1 ? 5 : nil) && place.isVerified == true)
        }
    }

    @Test(
        arguments: [
            (#"{"rank_pnl":12,"rank_volume":0}"#, 12, nil), (#"{"rank_pnl":null}"#, nil, nil),
            ("null", nil, nil),
        ] as [(String, Int?, Int?)])
    func aRankOfZeroOrNullIsNone(data: String, byProfit: Int?, byVolume: Int?) throws {
        let standing = try DataAPI.StandingRead(of: "0xaa", .day).reading(of: bytes(#"{"data":\#(data)}"#))
            .value
        #expect(standing?.rankByProfit == byProfit && standing?.rankByVolume == byVolume)
        #expect((standing == nil) == (data == "null"))
    }

    @Test func valuesAndStatsOfVersion1() throws {
        let value = DataAPI.PortfolioValueRead(.v1, of: "0xaa")
        #expect(try value.reading(of: bytes(#"[{"user":"0xaa","value":12.5}]"#)).value?.description == "12.5")
        #expect(try value.reading(of: bytes("[]")).value == nil)
        let stats = try DataAPI.UserStatsRead(.v1, of: "0xaa").reading(
            of: bytes(#"{"user":"0xaa","traded":9}"#))
        #expect(stats.value?.marketsTraded == 9 && stats.value?.allTime == nil)
    }

    @Test func activityOfAnotherTypeIsLeftOut() throws {
        let rows = ["TRADE", "REDEEM", "AIRDROP"].map {
            #"{"type":"\#($0)","proxy_wallet":"0xAA","side":""}"#
        }
        let all = try DataAPI.ActivityRead(of: "0xaa").page(in: bytes(paged(rows)))
        #expect(all.rows.map(\.kind) == [.trade, .redeem, nil] && all.rows[0].side == nil)
        let redeemed = try DataAPI.ActivityRead(of: "0xaa", .redeem).page(in: bytes(paged(rows)))
        #expect(redeemed.rows.map(\.type) == ["REDEEM"] && redeemed.count == 3 && redeemed.unreadable == 0)
    }

    @Test func aComboHasAProfitOnceItIsResolved() throws {
        func profit(_ status: String) throws -> Micros? {
            let row = #"""
                {"combo_position_id":"7","status":"\#(status)","gross_entry_cost_usdc":14,"realized_payout_usdc":20.5}
                """#
            return try DataAPI.ComboPositionsRead(of: "0xaa").page(in: bytes(paged([row]))).rows.first?.profit
        }
        #expect(try profit("RESOLVED_WIN")?.description == "6.5")
        #expect(try profit("PARTIAL") == nil && profit("OPEN") == nil && profit("NEW") == nil)
    }

    @Test(
        arguments: [
            ("69", nil), ("0", "0"), ("1000000000000000000", "1"), ("500000000000000000", "0.5"), ("", nil),
            ("-57896044618658097711785492504343953926634992332820282019728792003956564819968", nil),
        ] as [(String, String?)])
    func oraclePricesHaveEighteenDecimals(text: String, price: String?) throws {
        let row = #"{"condition_id":"0x1","status":"resolved","price":"\#(text)"}"#
        let page = try DataAPI.ResolutionsRead(.conditions([])).page(in: bytes(#"{"data":[\#(row)]}"#))
        #expect(page.rows.first?.price?.description == price && page.rows.first?.status == .resolved)
    }

    @Test(arguments: DataAPIVersion.allCases) func rowsMayBeDecodedByTheCaller(version: DataAPIVersion) throws
    {
        let rows = [#"{"a":1}"#, " 7", "[]"]
        let read = DataAPI.TradesRead(version, takerOnly: true)
        let page = try read.page(undecoded: bytes(version == .v1 ? list(rows) : paged(rows, next: "c"))) {
            row throws(RowProblem) -> String? in
            if row == bytes("[]") { throw RowProblem("a list") }
            return String(decoding: row, as: UTF8.self)
        }
        #expect(page.rows == [#"{"a":1}"#, "7"] && page.unreadable == 1 && page.firstProblem == "a list")
        #expect(page.next == (version == .v1 ? .unstated : .cursor("c")))
    }

    @Test(arguments: [
        "1784327295", "1784327295000", "1784327295000123", #""1784327295""#, #""2026-07-17T22:28:15Z""#,
        #""2026-07-17 22:28:15+00""#, "1784327295.0",
    ])
    func timesComeInManyForms(time: String) throws {
        let row = #"{"proxy_wallet":"0xaa","token_id":"7","size":1,"price":1,"timestamp":\#(time)}"#
        let page = try DataAPI.TradesRead(takerOnly: true).page(in: bytes(paged([row])))
        #expect(page.rows.first?.time.map { $0.milliseconds / 1000 } == 1_784_327_295)
    }

    /// Version 1 may list a token twice that was left twice.
    @Test func positionsHaveAKey() throws {
        let rows = [(1, 7), (1, 8), (1, 8)].map { #"{"asset":"\#($0)","realizedPnl":1,"timestamp":\#($1)}"# }
        let read = DataAPI.PositionsRead(.v1, of: "0xaa", .closed)
        let page = try read.page(in: bytes(list(rows)))
        #expect(Set(page.rows.map { read.key(of: $0) }).count == 2)
    }
}
