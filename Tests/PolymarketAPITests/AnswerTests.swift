import PMRecord
import PolymarketAPI
import Testing

struct AnswerTests {
    private static func markets(in list: String) throws -> [Gamma.Market] {
        try Gamma.MarketsRead(.all).page(in: bytes(#"{"markets":\#(list)}"#)).rows
    }

    @Test func aMarketHasJSONInsideText() throws {
        let market = try #require(
            try Self.markets(
                in:
                    #"""
                    [{"conditionId":"0xAB","question":"Will it?","slug":"will-it","endDate":"2026-09-24T18:45:00Z",
                    "outcomes":"[\"Yes\", \"No\"]","outcomePrices":"[\"0.575\", \"0.425\"]","volume":"11.5",
                    "volumeNum":11.5,"volume24hr":3,"liquidity":"7","negRisk":true,"closed":false,"unheard":{"of":1},
                    "events":[{"slug":"the-event"}],"tags":[{"id":"1","label":"Sports"},{"id":"2"}]}]
                    """#
            ).first)
        #expect(market.conditionID == "0xab")
        #expect(market.outcomes == ["Yes", "No"])
        #expect(market.prices.map { $0?.description } == ["0.575", "0.425"])
        #expect(market.volume?.description == "11.5")
        #expect(market.liquidity == 7)
        #expect(market.eventSlug == "the-event")
        #expect(market.endDate == Timestamp("2026-09-24T18:45:00Z"))
        #expect(market.tags == ["Sports"])
        #expect(market.isNegativeRisk && !market.isClosed)
    }

    @Test(arguments: [
        (#""version":"v1","clobTokenIds":"[\"1\",\"2\"]","positionIds":["3","4"]"#, ["1", "2"]),
        (#""version":"v2","clobTokenIds":"[\"1\",\"2\"]","positionIds":["3","4"]"#, ["3", "4"]),
        (#""version":"v2","clobTokenIds":null,"positionIds":[3,4]"#, ["3", "4"]),
        (#""version":"v2","clobTokenIds":"[\"1\"]""#, []),
        (#""version":null,"clobTokenIds":["1","2"],"positionIds":["3","4"]"#, ["1", "2"]),
        (#""clobTokenIds":"[\"1\",\"2\"]""#, ["1", "2"]),
        // rs-clob-client-v2#112: position ids alone, and no version.
        (#""positionIds":["3","4"]"#, ["3", "4"]),
        (#""clobTokenIds":"not a list""#, []),
    ])
    func theVersionSaysWhichIdsAreTheAssets(members: String, assets: [String]) throws {
        let market = try #require(
            try Self.markets(in: #"[{"conditionId":"0x1",\#(members)}]"#).first)
        #expect(market.assets == assets)
    }

    @Test func aPriceThatIsUnknownKeepsItsPlace() throws {
        let market = try #require(
            try Self.markets(
                in:
                    #"[{"conditionId":"0x1","outcomes":"[\"A\",null,\"C\"]","outcomePrices":"[\"0.5\",null,\"0.2\"]"}]"#
            ).first)
        #expect(market.prices.map { $0?.description } == ["0.5", nil, "0.2"])
        #expect(market.outcomes == ["A", "", "C"])
    }

    @Test func anEventHasItsMarkets() throws {
        let event = try #require(
            try Gamma.EventRead(slug: "e").reading(
                of: bytes(
                    #"{"id":7,"slug":"e","title":"E","tags":[{"label":"T"}],"markets":[{"conditionId":"0x1"},{}]}"#
                )
            ).value)
        #expect(event.id == "7" && event.tags == ["T"] && event.markets.count == 1)
        #expect(event.unreadableMarkets == 1 && event.isClosed == nil)
        #expect(throws: APIError(.form, "in answer, id is missing", from: .gammaEvent)) {
            try Gamma.EventRead(slug: "e").reading(of: bytes("{}"))
        }
    }

    /// A position without a profit is not one that gained nothing.
    @Test(arguments: [
        #"{"data":[{"asset":"1","size":"2.5","currentValue":"0","cashPnl":-3}]}"#,
        #"[{"asset":"1","size":2.5,"currentValue":0,"cashPnl":"-3"},{"size":1},7,{"asset":"2","size":1,"currentValue":1}]"#,
    ])
    func listsMayBeWrappedAndRowsMayBeUnusable(body: String) throws {
        let positions = try DataAPI.PositionsRead(.v1, of: "", .open).page(in: bytes(body))
        #expect(positions.rows.map { $0.size?.description }.first == "2.5")
        #expect(positions.rows.map { $0.unrealizedProfit?.description }.first == "-3")
        #expect(positions.rows.dropFirst().allSatisfy { $0.unrealizedProfit == nil })
        #expect(positions.count == positions.rows.count + positions.unreadable)
    }

    @Test func unreadableRowsAreCountedWithTheFirstReason() throws {
        let page = try DataAPI.PositionsRead(.v1, of: "", .closed).page(
            in: bytes(#"[{"realizedPnl":1},{"asset":"2","realizedPnl":5},7]"#))
        #expect(page.count == 3 && page.rows.map(\.asset) == ["2"] && page.unreadable == 2)
        #expect(page.firstProblem == "asset is missing")
    }

    @Test func booksAreBestFirstInAnyOrderOfTheAnswer() throws {
        let book = try CLOB.book(
            in: bytes(
                #"""
                {"bids":[{"price":".41","size":"5"},{"price":".48","size":"7"}],
                "asks":[{"price":"0.53","size":"2"},{"price":"0.5","size":"1"},{"price":"0.49","size":"0"}],
                "last_trade_price":""}
                """#))
        #expect(book.bids.map(\.price.description) == ["0.48", "0.41"])
        #expect(book.asks.map(\.price.description) == ["0.5", "0.53"])
        #expect(book.offers(to: .buy) == book.asks)
        #expect(book.offers(to: .sell) == book.bids)
        #expect(book.lastTradePrice == nil && book.version == nil)
    }

    @Test(arguments: ["", "<html>", "{", #"{"error":"no"}"#, "null", "7"])
    func otherBodiesThrow(body: String) {
        #expect(throws: APIError.self) { try Gamma.MarketsRead(.all).page(in: bytes(body)) }
        #expect(throws: APIError.self) { try DataAPI.TradesRead(.v1, takerOnly: false).page(in: bytes(body)) }
        #expect(throws: APIError.self) { try CLOB.book(in: bytes(body)) }
        #expect(throws: APIError.self) { try Gamma.profile(in: bytes(body)) }
    }

    /// The readable part of an answer in another form would pass for the whole.
    @Test func anUnreadableAnswerIsNotAnEmptyOne() throws {
        for level in [#"["0.5","9"]"#, #"{"price":"0.5"}"#, "7"] {
            let book = #"{"bids":[],"asks":[{"price":"0.5","size":"1"},\#(level)]}"#
            #expect(throws: APIError.self) { try CLOB.book(in: bytes(book)) }
        }
        #expect(try Self.markets(in: "[]").isEmpty)
        #expect(throws: APIError.self) { try Gamma.profile(in: bytes(#"{"type":"error"}"#)) }
        #expect(try Gamma.profile(in: bytes(#"{"createdAt":null,"users":[]}"#)).createdAt == nil)
    }

    @Test func tradesAreReadAsSent() throws {
        let row = try #require(
            try DataAPI.TradesRead(.v1, takerOnly: false).page(
                in: bytes(
                    #"""
                    [{"proxyWallet":"0xAC","side":"BUY","asset":"36","size":"1030.92","price":0.97,"timestamp":"1784327295",
                    "transactionHash":"0xAA","name":"","pseudonym":"Webbed-Myth"}]
                    """#)
            ).rows.first)
        #expect(row.wallet == "0xac" && row.transactionHash == "0xaa")
        #expect(row.value.description == "999.9924")
        #expect(row.time == Timestamp(milliseconds: 1_784_327_295_000))
        #expect(row.name == nil && row.pseudonym == "Webbed-Myth")
        #expect(row.role == nil && row.sizeText == "1030.92")
    }
}
