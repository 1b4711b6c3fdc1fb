import PMRecord
import PolymarketAPI
import Testing

struct RequestTests {
    static let ctf = ConditionID("0xAB" + String(repeating: "cd", count: 31))
    static let binary = ConditionID("0x017089ce3ba22aaa0a4cba8250b8c8e1eb0000000000000000000000000000")
    static let combo = ConditionID("0x030b98f62eadaee25b8c04abe48fb41d480000000000000000000000000000")

    @Test(arguments: [
        (Gamma.profile(of: "0xcd"), "https://gamma-api.polymarket.com/public-profile?address=0xcd"),
        (CLOB.book(of: "77"), "https://clob.polymarket.com/book?token_id=77"),
    ])
    func requestsGoToTheirService(request: APIRequest, url: String) {
        #expect(APIBases().url(of: request) == url)
    }

    static let singles: [(APIRequest, String)] = [
        (DataAPI.PortfolioValueRead(of: "0xaa").request, "/v2/value?user=0xaa"),
        (DataAPI.PortfolioValueRead(.v1, of: "0xaa").request, "/value?user=0xaa"),
        (DataAPI.UserStatsRead(of: "0xaa").request, "/v2/user-stats?user=0xaa"),
        (DataAPI.UserStatsRead(.v1, of: "0xaa").request, "/traded?user=0xaa"),
        (DataAPI.UserVolumeRead(of: "0xaa").request, "/v2/user-volume?user=0xaa"),
        (DataAPI.StandingRead(of: "0xaa", .week).request, "/v2/leaderboard?user=0xaa&time_period=week"),
        (DataAPI.ServiceStatusRead().request, "/v2/status"),
        (Gamma.EventRead(slug: "a b").request, "/events/slug/a%20b"),
    ]

    static let lists: [(APIRequest, String)] = [
        (
            DataAPI.LeaderboardRead(.v2, .all).request(at: .cursor("c")),
            "/v2/leaderboard?time_period=all&sort_by=PNL&limit=200&cursor=c"
        ),
        (
            DataAPI.LeaderboardRead(.v1, .all).request(at: .offset(50)),
            "/v1/leaderboard?timePeriod=ALL&orderBy=PNL&limit=50&offset=50"
        ),
        (
            DataAPI.PositionsRead(of: "0xaa", .open).request(at: .start),
            "/v2/positions?user=0xaa&status=OPEN&sort_by=TIMESTAMP&sort_direction=DESC&include_archived=true"
                + "&limit=1000"
        ),
        (
            DataAPI.PositionsRead(of: "0xaa", .redeemableLost, by: .totalProfit).request(at: .cursor("c")),
            "/v2/positions?user=0xaa&status=REDEEMABLE_LOST&sort_by=TOTAL_PNL&sort_direction=DESC"
                + "&include_archived=true&limit=1000&cursor=c"
        ),
        // The service rejects include_archived among the closed.
        (
            DataAPI.PositionsRead(of: "0xaa", .closed).request(at: .start),
            "/v2/positions?user=0xaa&status=CLOSED&sort_by=TIMESTAMP&sort_direction=DESC&limit=1000"
        ),
        (
            DataAPI.PositionsRead(.v1, of: "0xaa", .open).request(at: .offset(500)),
            "/positions?user=0xaa&sizeThreshold=0&limit=500&offset=500"
        ),
        (
            DataAPI.PositionsRead(.v1, of: "0xaa", .closed).request(at: .start),
            "/closed-positions?user=0xaa&limit=50&offset=0&sortBy=TIMESTAMP&sortDirection=DESC"
        ),
        (
            DataAPI.ComboPositionsRead(of: "0xaa", .lost).request(at: .start),
            "/v2/positions/combos?user=0xaa&status=RESOLVED_LOSS&limit=1000"
        ),
        (
            DataAPI.ActivityRead(of: "0xaa", .redeem).request(at: .start),
            "/v2/activity?user=0xaa&type=REDEEM&limit=1000"
        ),
        (
            DataAPI.ActivityRead(.v1, of: "0xaa").request(at: .offset(500)),
            "/activity?user=0xaa&limit=500&offset=500"
        ),
        (
            DataAPI.PriceHistoryRead(of: "7", .interval(.month), bucket: 5).request(at: .start),
            "/v2/prices-history?token_id=7&interval=1m&bucket_seconds=60&limit=10000"
        ),
        (
            DataAPI.PriceHistoryRead(of: "7", .since(Timestamp(milliseconds: 0), until: nil))
                .request(at: .start), "/v2/prices-history?token_id=7&start=1&limit=10000"
        ),
        (DataAPI.TokensRead(.tokens(["1", "2"])).request(), "/v2/tokens?token_id=1,2"),
        (
            DataAPI.TokensRead(.conditions([binary])).request(),
            "/v2/tokens?condition=0x017089ce3ba22aaa0a4cba8250b8c8e1eb000000000000000000000000000000"
        ),
        (
            DataAPI.ResolutionsRead(.conditions([ctf, combo])).request(),
            "/v2/resolutions?condition=0xab" + String(repeating: "cd", count: 31)
        ),
        (
            Gamma.MarketsRead(.tokens(["1", "2"])).closed.request(at: .start),
            "/markets/keyset?limit=100&closed=true&include_tag=true&clob_token_ids=1&clob_token_ids=2"
        ),
    ]

    @Test(arguments: singles + lists) func readsMakeTheirRequests(request: APIRequest, target: String) {
        #expect(request.target == target && request.body.isEmpty)
        #expect(request.description == "\(request.route.host.rawValue) \(target)")
    }

    static let window =
        Timestamp(milliseconds: 1_700_000_000_500)...Timestamp(milliseconds: 1_700_000_010_500)

    static let tradeReads: [(DataAPI.TradesRead, String)] = [
        (DataAPI.TradesRead(takerOnly: true), "/v2/trades?taker_only=true&limit=1000"),
        (
            DataAPI.TradesRead(market: .conditions([binary, combo]), takerOnly: false),
            "/v2/trades?condition=0x017089ce3ba22aaa0a4cba8250b8c8e1eb000000000000000000000000000000%2C"
                + "0x030b98f62eadaee25b8c04abe48fb41d480000000000000000000000000000&taker_only=false&limit=1000"
        ),
        (
            DataAPI.TradesRead(market: .event("7"), takerOnly: true),
            "/v2/trades?event_id=7&taker_only=true&limit=1000"
        ),
        (
            DataAPI.TradesRead(.v1, market: .event("7"), takerOnly: true),
            "/trades?eventId=7&takerOnly=true&limit=1000&offset=0"
        ),
    ]

    @Test(arguments: tradeReads) func tradesAreAskedForByMarketEventOrWhole(
        read: DataAPI.TradesRead, target: String
    ) {
        #expect(read.request(at: .start).target == target)
    }

    @Test func aWindowGoesToVersion2OnlyWithAWallet() {
        var read = DataAPI.TradesRead(takerOnly: false)
        read.window = Self.window
        #expect(!read.request(at: .start).target.contains("start="))
        read.wallet = "0xaa"
        #expect(read.request(at: .start).target.contains("&start=1700000000&end=1700000011&"))
        read = DataAPI.TradesRead(.v1, market: .event("7"), takerOnly: false)
        read.window = Self.window
        #expect(read.request(at: .start).target.contains("&start=1700000000&end=1700000011&"))
    }

    @Test func aMinimumNamesItsUnit() {
        var read = DataAPI.TradesRead(takerOnly: true)
        read.minimum = .dollars(1000)
        read.side = .sell
        read.limit = 5000
        #expect(
            read.request(at: .start).target
                == "/v2/trades?side=SELL&taker_only=true&filter_type=CASH&filter_amount=1000&limit=1000")
        read.version = .v1
        read.minimum = .shares(Micros(count: 10_000))
        #expect(read.request(at: .start).target.contains("&filterType=TOKENS&filterAmount=0.01&"))
    }

    @Test func protocolV2MarketsHaveAShorterIdToTry() throws {
        let read = DataAPI.TradesRead(market: .conditions([Self.binary]), takerOnly: true)
        let short = try #require(read.withShortIDs)
        #expect(
            short.request(at: .start).target
                == "/v2/trades?condition=0x017089ce3ba22aaa0a4cba8250b8c8e1eb0000000000000000000000000000"
                + "&taker_only=true&limit=1000")
        #expect(short.withShortIDs == nil)
        #expect(DataAPI.TradesRead(market: .conditions([Self.ctf]), takerOnly: true).withShortIDs == nil)
    }

    @Test func requestsThatPassTheCacheGetAURLOfTheirOwn() {
        let request = DataAPI.TradesRead(takerOnly: true).request(at: .start)
        let bases = APIBases(data: "http://127.0.0.1:1/")
        #expect(request.bypassesCache)
        #expect(
            bases.url(of: request, nonce: "9")
                == "http://127.0.0.1:1/v2/trades?taker_only=true&limit=1000&_=9")
        #expect(bases.url(of: request) == "http://127.0.0.1:1/v2/trades?taker_only=true&limit=1000")
        #expect(
            bases.url(of: CLOB.book(of: "7"), nonce: "9") == "https://clob.polymarket.com/book?token_id=7")
    }

    @Test func requestsForIdsAreJoinedUpToTheServicesLimit() throws {
        func token(_ id: Int) -> APIRequest { DataAPI.TokensRead(.tokens(["\(id)"])).request() }
        var request = token(0)
        for id in 1..<50 { request = try #require(request.joined(with: token(id))) }
        #expect(request.target.hasPrefix("/v2/tokens?token_id=0,1,2,") && request.parts.count == 50)
        #expect(request.parts[7] == token(7))
        #expect(request.joined(with: token(50)) == nil)
        #expect(token(1).joined(with: DataAPI.TokensRead(.conditions([Self.ctf])).request()) == nil)
        #expect(CLOB.book(of: "1").joined(with: CLOB.book(of: "2")) == nil)
        func market(_ id: String) -> APIRequest {
            Gamma.MarketsRead(.conditions([ConditionID(id)])).request(at: .start)
        }
        let markets = market("0x1").joined(with: market("0x2"))
        #expect(markets?.target.hasSuffix("&condition_ids=0x1&condition_ids=0x2") == true)
        // A cached answer cannot stand for one past the cache.
        #expect(market("0x1").bypassingCache.joined(with: market("0x2")) == nil)
    }

    @Test func aBaseURLMayBeElsewhere() {
        let bases = APIBases(clob: "http://127.0.0.1:8000/clob/")
        #expect(bases.url(of: CLOB.book(of: "a b&c")) == "http://127.0.0.1:8000/clob/book?token_id=a%20b%26c")
        #expect(bases.url(of: Polygon.receipt(of: "0x1")) == nil)
    }

    @Test(arguments: [
        ("https://polygon-rpc.com", "polygon-rpc.com"), ("http://127.0.0.1:8545/", "127.0.0.1:8545"),
        ("https://me:s3cret@Node.example:443/v2/key", "node.example:443"),
        ("https://node.example?key=s3cret", "node.example"),
    ])
    func anAuthorityIsShownWithoutItsSecrets(url: String, authority: String) {
        #expect(APIBases(polygonNodes: [url]).authority(of: .polygon) == authority)
        #expect(APIBases().authority(of: .polygon) == nil)
        #expect(APIBases().authority(of: .clob) == "clob.polymarket.com")
    }

    /// docs/POLYMARKET.md, "Rate limits".
    @Test func limitsAreAsPublished() {
        #expect(SharedAllowance.allCases.map(\.publishedLimit) == [4000, 1000, 800, 9000, 50])
        #expect(Route.allCases.allSatisfy { 0 < $0.publishedLimit })
        #expect(Route.allCases.allSatisfy { $0.publishedLimit <= $0.sharedAllowance.publishedLimit })
        #expect(Route.dataV2Trades.publishedLimit == 300 && Route.dataTrades.publishedLimit == 200)
        #expect(Route.dataV2Positions.publishedLimit + Route.dataV2ComboPositions.publishedLimit == 200)
        #expect(Route.dataV2UserStats.publishedLimit == 800 && Route.clobBook.publishedLimit == 1500)
        #expect(Route.allCases.allSatisfy { $0.rawValue.hasPrefix($0.host.rawValue + "/") })
    }
}
