import PMJSON
import PMRecord
import PolymarketAPI
import TestSupport
import Testing

/// Answers of Data API v2 and of Protocol V2. The expected numbers were read off the samples by hand.
struct SampleV2Tests {
    static let combo = "0x030b98f62eadaee25b8c04abe48fb41d48" + String(repeating: "0", count: 30)
    static let binary = "0x017089ce3ba22aaa0a4cba8250b8c8e1eb" + String(repeating: "0", count: 30)
    static let yes = "651150819117105875331414918119047680898421632356043490229292782433651916800"
    static let no = "651150819117105875331414918119047680898421632356043490229292782433651916801"

    @Test(.needsSample("v2/data_v2.trades.page.json")) func aPageOfTrades() throws {
        let page = try DataAPI.TradesRead(takerOnly: true).page(in: sample("v2/data_v2.trades.page.json"))
        let row = try #require(page.rows.first)
        #expect(row.value.description == "11.8768" && row.outcome == "Yes" && row.outcomeIndex == nil)
        #expect(row.role == .taker && row.eventSlug == nil)
        #expect(row.time == Timestamp("2026-09-14T10:24:37Z"))
        #expect(page.count == 1 && page.limit == 1 && page.drift.isEmpty)
        guard case .cursor(let cursor) = page.next else { throw RowProblem("no cursor") }
        #expect(cursor.hasPrefix("eyJkYXRh") && cursor.count == 176)
    }

    @Test(.needsSample("v2/data_v2.trades.rows.jsonl")) func rowsOfTrades() throws {
        let read = DataAPI.TradesRead(takerOnly: false)
        let page = try read.page(in: bytes(paged(try lines("v2/data_v2.trades.rows.jsonl"))))
        #expect(page.rows.map(\.value.description) == ["48.701", "0.0588"] && page.drift.isEmpty)
        let combos = try read.page(in: bytes(paged(try lines("v2/data_v2.trades.combo_row.assembled.jsonl"))))
        let combo = try #require(combos.rows.first)
        #expect(combo.conditionID?.text == Self.combo && combo.conditionID?.marketType == .combo)
        #expect(combo.title == "A vs B AND C vs D" && combo.slug == nil && combo.outcome == nil)
        #expect(combo.value.description == "14.836068")
        let v2 = try read.page(in: bytes(paged(try lines("v2/data_v2.trades.v2_market_row.assembled.jsonl"))))
        let row = try #require(v2.rows.first)
        #expect(row.asset == Self.yes && row.conditionID?.text == Self.binary && row.outcomeIndex == 0)
        #expect(row.conditionID?.marketType == .binary)
    }

    @Test(.needsSample("v2/data_v2.activity.json")) func activity() throws {
        let read = DataAPI.ActivityRead(of: "")
        let page = try read.page(in: sample("v2/data_v2.activity.json"))
        #expect(page.rows.map { $0.dollars?.description } == ["13.285715", "13.89215"] && page.drift.isEmpty)
        let trades = try read.page(in: bytes(paged(try lines("v2/data_v2.activity.rows.jsonl"))))
        #expect(trades.rows.compactMap(\.dollars).reduce(.zero, +).description == "39.339705")
        #expect(trades.drift.isEmpty)
        let others = try read.page(
            in: bytes(paged(try lines("v2/data_v2.activity.other_types.assembled.jsonl"))))
        #expect(others.rows.map(\.kind) == [.redeem, .split, .merge, .deposit, .makerRebate, .tip, .trade])
        #expect(others.rows.map(\.isCombo) == [false, false, false, false, false, false, true])
        #expect(
            others.rows[5].side == "OUT" && others.rows[3].conditionID == nil && others.rows[0].asset == nil)
        #expect(others.drift.isEmpty)
    }

    @Test(.needsSample("v2/data_v2.positions.open.json")) func positions() throws {
        func read(_ status: DataAPI.PositionsRead.Status, _ name: String) throws -> Page<DataAPI.PositionRow>
        {
            let page = try DataAPI.PositionsRead(of: "", status).page(
                in: sample("v2/data_v2.positions.\(name).json"))
            #expect(page.drift.isEmpty && page.unreadable == 0)
            return page
        }
        let open = try read(.open, "open")
        #expect(open.rows.map { $0.totalProfit?.description } == ["1.264", "-1.2404"])
        #expect(open.rows[0].entryFees?.description == "0.31053" && open.rows[0].status == .open)
        #expect(open.rows[1].lastEventAt == Timestamp("2026-10-06T18:02:03Z") && open.limit == 2)
        #expect(open.next == .cursor("opaque-cursor"))
        let closed = try read(.closed, "closed")
        #expect(closed.rows.compactMap(\.realizedProfit).reduce(.zero, +).description == "519.8499")
        #expect(
            closed.rows.map(\.size) == [.zero, .zero] && closed.rows[0].sharesBought?.description == "449.7")
        let lost = try read(.redeemableLost, "redeemable_lost.assembled")
        #expect(lost.rows[0].status == .redeemable && lost.rows[0].totalProfit?.description == "-46242.0186")
        #expect(lost.rows[0].size?.description == "86780.64" && lost.rows[0].sharesBought == 90_000)
        #expect(lost.next == .end && lost.rows[0].endDate == Timestamp("2026-08-19T00:00:00Z"))
    }

    @Test(.needsSample("v2/data_v2.positions_combos.json")) func comboPositions() throws {
        let page = try DataAPI.ComboPositionsRead(of: "").page(in: sample("v2/data_v2.positions_combos.json"))
        let row = try #require(page.rows.first)
        #expect(row.status == .lost && row.profit == -14 && row.entryFees?.description == "0.34242")
        #expect(row.conditionID?.text == Self.combo && row.resolvedAt == Timestamp("2026-07-29T22:25:33Z"))
        #expect(row.legsTotal == 4 && row.legs.count == 2 && row.legs[0].price == 1)
        #expect(row.legs[1].outcome == "Player A" && row.legs[1].conditionID?.marketType == .binary)
        #expect(row.legs[1].eventSlug == "wta-player-a-player-b-2026-07-29" && page.drift.isEmpty)
    }

    @Test(.needsSample("v2/data_v2.user_stats.json")) func oneWallet() throws {
        let value = try DataAPI.PortfolioValueRead(of: "").reading(of: sample("v2/data_v2.value.json"))
        #expect(value.value?.description == "684953.8942" && value.drift.isEmpty)
        let stats = try DataAPI.UserStatsRead(of: "").reading(of: sample("v2/data_v2.user_stats.json"))
        let known = try #require(stats.value)
        #expect(known.marketsTraded == 8610 && known.biggestWin?.description == "45382.060625")
        #expect(known.joinedAt == Timestamp("2024-02-09T01:08:31Z") && !known.isBlank && stats.drift.isEmpty)
        let point = try #require(known.allTime)
        #expect(point.tradeCount == 248_765 && point.tradeProfit?.description == "1502445.596155")
        #expect(point.positionProfit?.description == "1493080.191432" && point.fees! < .zero)
        #expect(point.realizedProfit! + point.unrealizedProfit! == point.positionProfit)
        let unknown = try DataAPI.UserStatsRead(of: "").reading(
            of: sample("v2/data_v2.user_stats.unknown.json"))
        #expect(unknown.value == nil)
        let zero = try DataAPI.UserStatsRead(of: "").reading(
            of: sample("v2/data_v2.user_stats.zero.assembled.json"))
        #expect(zero.value?.isBlank == true)
        let volume = try DataAPI.UserVolumeRead(of: "").reading(of: sample("v2/data_v2.user_volume.json"))
        #expect(
            volume.value?.dollars?.description == "111472628.603504" && volume.value?.tradeCount == 248_955)
        #expect(volume.drift.isEmpty)
    }

    @Test(.needsSample("v2/data_v2.leaderboard.json")) func leaderboard() throws {
        let page = try DataAPI.LeaderboardRead(.v2, .day).page(in: sample("v2/data_v2.leaderboard.json"))
        #expect(page.rows.map { $0.profit?.description } == ["966725.578196", "454273.13724"])
        #expect(page.rows.map(\.rank) == [1, 2] && page.rows[1].volumeShares?.description == "74566.884519")
        #expect(page.drift.isEmpty)
        let read = DataAPI.StandingRead(of: "", .day)
        let standing = try read.reading(of: sample("v2/data_v2.leaderboard_standing.json"))
        #expect(standing.value?.rankByProfit == 1045 && standing.value?.rankByVolume == 424)
        #expect(standing.value?.profit?.description == "957.447366" && standing.drift.isEmpty)
        #expect(try read.reading(of: sample("v2/data_v2.leaderboard_standing.unknown.json")).value == nil)
    }

    @Test(.needsSample("v2/data_v2.tokens.assembled.json")) func tokens() throws {
        let page = try DataAPI.TokensRead(.tokens([])).page(in: sample("v2/data_v2.tokens.assembled.json"))
        #expect(page.rows.map(\.marketType) == [nil, nil, .binary, .combo] && page.drift.isEmpty)
        #expect(page.rows.map(\.asset)[..<2] == ["123", "124"] && page.next == .end)
        #expect(page.rows.map { $0.finalPrice?.description } == [nil, "0.5", nil, nil])
        #expect(page.rows.map(\.isResolved) == [false, true, false, false])
        #expect(page.rows[2].conditionID?.text == Self.binary && page.rows[2].oppositeAsset == Self.no)
        #expect(page.rows.map(\.eventID) == ["1234", "1234", "1234", nil] && page.rows[3].title == nil)
    }

    @Test(.needsSample("v2/data_v2.resolutions.json")) func resolutions() throws {
        let page = try DataAPI.ResolutionsRead(.events([])).page(in: sample("v2/data_v2.resolutions.json"))
        #expect(page.rows.map(\.status) == [.resolved, .posed, .resolved, .disputed, .proposed])
        #expect(page.rows.map(\.price) == [.zero, nil, nil, nil, nil])
        #expect(page.rows.map(\.payouts) == [[], [], [1, 0], [], []])
        #expect(page.rows.map { $0.proposedPrice?.description } == ["0", nil, nil, "1", "1"])
        #expect(page.rows[3].reproposedPrice?.description == "0.5" && page.rows[3].wasDisputed == true)
        #expect(page.rows[0].updatedAt == Timestamp("2026-07-29T20:11:59Z"))
        #expect(page.rows[2].updatedAt == page.rows[2].resolvedAt && page.rows[2].transactionHash == nil)
        #expect(page.rows[4].expectedSettlement == Timestamp("2026-09-29T19:50:27Z") && page.drift.isEmpty)
    }

    @Test(.needsSample("v2/data_v2.status.json")) func serviceStatus() throws {
        let reading = try DataAPI.ServiceStatusRead().reading(of: sample("v2/data_v2.status.json"))
        let status = try #require(reading.value)
        #expect(status.tradeLag == .seconds(4) && status.age == .seconds(24) && status.lag == .seconds(4))
        #expect(status.latestBlock == 93_784_295 && status.mechanisms.map(\.blocksBehind) == [nil, 833, 1])
        #expect(status.computedAt == Timestamp("2026-09-14T10:24:36Z") && reading.drift.isEmpty)
    }

    @Test(.needsSample("v2/data_v2.prices_history.json")) func priceHistory() throws {
        let page = try DataAPI.PriceHistoryRead(of: "", .interval(.day)).page(
            in: sample("v2/data_v2.prices_history.json"))
        #expect(page.rows.map(\.price.description) == ["0.955", "0.955"] && page.drift.isEmpty)
        #expect(page.rows[0].time.duration(to: page.rows[1].time) == .seconds(60))
        #expect(page.rows[0].resolution == 60)
    }

    @Test(.needsSample("v2/data_v2.errors.assembled.jsonl")) func errors() throws {
        let answers = try lines("v2/data_v2.errors.assembled.jsonl").map { try JSON($0) }
        let sentences = answers.map { ServiceMessage(body(of: $0))?.sentence }
        #expect(
            sentences == [
                "required query param 'user' not provided (parameter user)",
                "required query param 'user' or 'condition' not provided",
                "side must be BUY or SELL (parameter side)", "invalid cursor",
                "invalid condition id (parameter condition)", "too many requests", nil, "request timed out",
                "a dependency is unavailable", "internal error", "not found",
            ])
        #expect(ServiceMessage(body(of: answers[5]))?.code == "rate_limited")
        let gamma = try lines("v2/gamma.errors.jsonl").map { try JSON($0) }.map { answer in
            APIError(
                status: answer["status"]?.integer ?? 0, body: body(of: answer), from: .gammaMarketsKeyset
            )
            .description
        }
        #expect(
            gamma == [
                "gamma/markets/keyset: HTTP 422: validation error: offset is not allowed on keyset endpoints",
                "gamma/markets/keyset: HTTP 500: internal error: cannot get the information",
                "gamma/markets/keyset: HTTP 503: service unavailable: keyset pagination is not configured",
            ])
    }

    @Test(.needsSample("v2/gamma.markets_keyset.v2.assembled.json")) func marketsOfProtocolV2() throws {
        let page = try Gamma.MarketsRead(.all).page(in: sample("v2/gamma.markets_keyset.v2.assembled.json"))
        let market = try #require(page.rows.first)
        #expect(market.version == .v2 && market.assets == [Self.yes, Self.no])
        #expect(market.conditionID == Self.binary && market.resolutionStatus == "active")
        #expect(market.prices.map { $0?.description } == ["0.52", "0.48"])
        #expect(page.next == .cursor("opaque-cursor") && page.drift.isEmpty)
        let event = try Gamma.EventRead(slug: "").reading(of: sample("v2/gamma.event_v2.docs_example.json"))
        #expect(
            event.value?.slug == "<event_slug>"
                && event.value?.markets.map(\.assets) == [[Self.yes, Self.no]])
    }

    @Test(.needsSample("v2/gamma.public_profile.full.json")) func profiles() throws {
        let full = try Gamma.profile(in: sample("v2/gamma.public_profile.full.json"))
        #expect(full.createdAt == Timestamp("2025-10-13T19:31:36.489Z") && full.name == "name-1")
        let sparse = try Gamma.profile(in: sample("v2/gamma.public_profile.sparse.json"))
        #expect(
            sparse.createdAt == Timestamp("2026-07-10T11:37:07.789Z") && sparse.pseudonym == "Pseudonym-8")
    }

    @Test(.needsSample("v2/clob.book_v2.assembled.json")) func aBookOfProtocolV2() throws {
        let answer = try sample("v2/clob.book_v2.assembled.json")
        let book = try CLOB.book(in: answer)
        #expect(book.bids.map(\.price.description) == ["0.51", "0.48"] && book.version == "v2")
        #expect(book.asks.map(\.price.description) == ["0.53", "0.6"] && book.asset == Self.yes)
        #expect(book.conditionID?.text == Self.binary && book.lastTradePrice?.description == "0.52")
        #expect(book.time == Timestamp(milliseconds: 1_793_700_000_000) && CLOB.drift(in: answer).isEmpty)
        #expect(book.tickSize?.description == "0.01")
    }

    /// 25 shares: the taker buys Yes at 0.64, the maker No at 0.36; fee 25 × 0.07 × 0.64 × 0.36.
    @Test(.needsSample("v2/polygon.receipt_exchange_v3.assembled.json")) func aReceipt() throws {
        let answer = try sample("v2/polygon.receipt_exchange_v3.assembled.json")
        guard case .receipt(let receipt) = try Polygon.receipt(in: answer) else {
            throw RowProblem("no receipt")
        }
        #expect(receipt.block == 94_371_840 && receipt.fills.count == 2)
        let match = try #require(receipt.matches.first)
        #expect(match.taker.maker == "0x" + String(repeating: "1", count: 40) && match.makers.count == 1)
        #expect(match.taker.asset == Self.yes && match.makers[0].asset == Self.no)
        #expect(match.taker.price?.description == "0.64" && match.makers[0].price?.description == "0.36")
        #expect(match.taker.value == 16 && match.makers[0].value == 9 && match.taker.size == 25)
        #expect(match.taker.fee?.description == "0.4032" && match.makers[0].fee == .zero)
        #expect(match.taker.exchange == .v3 && match.taker.side == .buy && match.makers[0].side == .buy)
    }
}

/// The body of an answer in a file of answers.
private func body(of answer: JSON) -> [UInt8] {
    guard case .object(let members)? = answer["body"] else { return [] }
    var writer = JSONWriter()
    writer.object { object in
        for (name, value) in members {
            if let text = value.string { object.member(name, text) }
        }
    }
    return writer.bytes
}

extension JSONWriter {
    fileprivate mutating func member(_ name: String, _ text: String) {
        key(name)
        string(text)
    }
}
