import PMJSON
import TestSupport
import Testing

struct TradesV2Tests {
    private static let shared = Result {
        let exchange = try SimulatedExchange(
            ["--paused", "--seed", "5"], scenario: #"{"combo_share":0.05}"#)
        try exchange.burst(1_200)
        #expect(eventually { exchange.isSettled })
        return exchange
    }
    private let exchange: SimulatedExchange

    init() throws { exchange = try Self.shared.get() }

    @Test func aWalkByCursorReachesEveryTrade() throws {
        let rows = try exchange.walk("trades?taker_only=false&limit=500&filter_amount=0.01")
        let truth = try exchange.truth().map { try JSON($0) }
        #expect(rows.pages == 3)
        #expect(
            rows.all.map(identityV2).sorted()
                == truth.map {
                    "\($0["transactionHash"]!.string!) \($0["asset"]!.string!) \($0["size"]!.numberText!)"
                }.sorted())
    }

    @Test func combosAreMixedIn() throws {
        let rows = try exchange.walk("trades?taker_only=false&limit=1000").all
        let combos = rows.filter { $0["condition_id"]!.string!.utf8.count == 64 }
        #expect(combos.count > 10)
        for row in combos {
            #expect(row["condition_id"]!.string!.hasPrefix("0x03"))
            #expect(row["slug"]?.string == "" && row["outcome"]?.string == "")
            #expect(row["outcome_index"]?.integer == 999 && row["title"]!.string!.contains(" AND "))
        }
        let id = try #require(combos.first?["condition_id"]?.string)
        let own = combos.filter { $0["condition_id"]?.string == id }.map(identityV2)
        #expect(try exchange.walk("trades?taker_only=false&condition=\(id)").all.map(identityV2) == own)
        #expect(try exchange.walk("trades?taker_only=false&condition=\(id)00").all.map(identityV2) == own)
    }

    @Test func bothSpellingsOfANameAreTheSame() throws {
        let target = "/data/v2/trades?takerOnly=false&filterType=CASH&filterAmount=500&limit=1000"
        let snake = "/data/v2/trades?taker_only=false&filter_type=CASH&filter_amount=500&limit=1000"
        let rows = try #require(exchange.json(target)["data"]?.array)
        #expect(!rows.isEmpty)
        #expect(try exchange.json(snake)["data"]?.array == rows)
        #expect(rows.allSatisfy { $0["size"]!.double! * $0["price"]!.double! >= 500 })
    }

    @Test func startCountsOnlyWithAUser() throws {
        let rows = try #require(exchange.json("/data/v2/trades?start=9999999999")["data"]?.array)
        #expect(rows.count == 100)
        let user = rows[0]["proxy_wallet"]!.string!
        let path = "/data/v2/trades?user=\(user)&taker_only=false"
        #expect(try exchange.json(path)["data"]?.array?.isEmpty == false)
        #expect(try exchange.json(path + "&start=9999999999")["data"]?.array?.isEmpty == true)
    }

    @Test(
        arguments: [
            ("trades?offset=1", "offset is not supported, use cursor"),
            ("trades?cursor=nonsense", "invalid cursor"),
            ("trades?condition=0x12", "invalid condition id"), ("trades?side=UP", "side must be BUY or SELL"),
            ("trades?filter_type=GOLD", "filterType must be CASH or TOKENS"),
            (
                "trades?user=0xE111180000d2663C0091e4f400237545B87B996B",
                "user must not be a protocol contract address"
            ),
            ("activity", "required query param 'user' not provided"),
            ("positions", "required query param 'user' or 'condition' not provided"),
            ("leaderboard?time_period=DAY", "time_period must be one of day, week, month, all"),
            ("activity?user=0x1&limit=1001", "limit must be between 0 and 1000"),
            ("activity?user=0x1&type=TRADE&type=SPLIT", "type must be given once"),
            ("activity?user=0x1&type=GIFT", "unknown activity type"),
        ])
    func aWrongRequestIs400(target: String, sentence: String) throws {
        let answer = try exchange.get("/data/v2/\(target)")
        let body = try JSON(answer.body)
        #expect(answer.status == 400 && body["error"]?.string == sentence)
        #expect(body["code"]?.string == "invalid_request" && body["retryable"]?.bool == false)
    }

    @Test func aCursorBelongsToItsRouteAndIsSigned() throws {
        let page = try exchange.json("/data/v2/trades?limit=10")
        let cursor = try #require(page["pagination"]?["next_cursor"]?.string)
        #expect(page["pagination"]?["has_more"]?.bool == true)
        #expect(try exchange.get("/data/v2/trades?cursor=\(cursor)").status == 200)
        #expect(try exchange.json("/data/v2/trades?limit=3&cursor=\(cursor)")["data"]?.array?.count == 10)
        #expect(try exchange.get("/data/v2/leaderboard?cursor=\(cursor)").status == 400)
        let tampered =
            cursor.prefix(20) + (cursor.dropFirst(20).first == "A" ? "B" : "A") + cursor.dropFirst(21)
        #expect(try exchange.get("/data/v2/trades?cursor=\(tampered)").status == 400)
    }

    @Test func largeLimitsAreClampedUnlessTheScenarioRejectsThem() throws {
        #expect(
            try exchange.json("/data/v2/trades?limit=5000")["pagination"]?["limit"]?.integer == 1_000)
        let strict = try SimulatedExchange(["--paused"], scenario: #"{"large_limit":"reject"}"#)
        #expect(try strict.get("/data/v2/trades?limit=5000").status == 400)
    }

    @Test func unknownIDsGiveNothing() throws {
        let id = "0x" + String(repeating: "a", count: 64)
        #expect(try exchange.json("/data/v2/trades?condition=\(id)")["data"]?.array?.isEmpty == true)
        #expect(try exchange.json("/data/v2/trades?user=0x1,0x2")["data"]?.array?.isEmpty == true)
        #expect(try exchange.get("/data/v2/other").status == 404)
    }
}

func identityV2(_ row: JSON) -> String {
    "\(row["transaction_hash"]!.string!) \(row["token_id"]!.string!) \(row["size"]!.numberText!)"
}

extension SimulatedExchange {
    /// Walks a listing of the Data API, version 2, to its end.
    func walk(_ target: String) throws -> (all: [JSON], pages: Int) {
        var (all, pages, cursor) = ([JSON](), 0, "")
        repeat {
            let page = try json("/data/v2/\(target)\(cursor)")
            all += try #require(page["data"]?.array)
            let next = try #require(page["pagination"]?["next_cursor"])
            #expect(page["pagination"]?["has_more"]?.bool == (next != .null))
            cursor = next.string.map { "&cursor=\($0)" } ?? ""
            pages += 1
        } while !cursor.isEmpty && pages < 100
        return (all, pages)
    }
}
