import PMJSON
import TestSupport
import Testing

struct DataAPITests {
    private static let shared = Result {
        let exchange = try SimulatedExchange(["--paused", "--seed", "5"])
        try exchange.burst(1_200)
        #expect(eventually { exchange.isSettled })
        return exchange
    }
    private let exchange: SimulatedExchange

    init() throws { exchange = try Self.shared.get() }

    private func rows(_ target: String) throws -> [JSON] {
        try #require(exchange.json("/data/\(target)").array)
    }

    @Test func tradesComeNewestFirstAndTakersOnlyByDefault() throws {
        let truth = try exchange.truth("details=1").map { try JSON($0) }
        let all = try rows("trades?takerOnly=false&limit=5000")
        #expect(all.map(key) == truth.map(key).reversed())
        let takers = try rows("trades?limit=5000")
        #expect(takers.map(key) == truth.filter { $0["taker"]?.bool == true }.map(key).reversed())
        #expect(try rows("trades").count == 100)
        #expect(try rows("trades?takerOnly=false&limit=99999").count == 1_200)
    }

    @Test func unknownWalletsMayShareAPast() throws {
        let exchange = try SimulatedExchange(scenario: #"{"wallets":10,"paused":true,"strangers":true}"#)
        let known = try #require(exchange.json("/control/wallets").array?[0]["address"]?.string)
        let own = try exchange.get("/data/positions?user=\(known)").body
        #expect(own.count > 2)
        for stranger in ["0xabc0000000a", "0x0000000000000014"] {
            #expect(try exchange.get("/data/positions?user=\(stranger)").body == own)
        }
        #expect(try exchange.get("/gamma/public-profile?address=0x000000000d").status == 200)
    }

    @Test func tradesAreFiltered() throws {
        let all = try rows("trades?takerOnly=false&limit=5000")
        let market = all[10]["conditionId"]!.string!
        #expect(
            try rows("trades?takerOnly=false&limit=5000&market=\(market)").map(key)
                == all.filter { $0["conditionId"]?.string == market }.map(key))
        let large = try rows("trades?takerOnly=false&limit=5000&filterType=CASH&filterAmount=1000")
        #expect(large.map(key) == all.filter { $0["size"]!.double! * $0["price"]!.double! >= 1_000 }.map(key))
        let time = all[300]["timestamp"]!.integer!
        let window = try rows("trades?takerOnly=false&limit=5000&start=\(time)&end=\(time)&side=BUY")
        #expect(
            window.map(key)
                == all.filter { $0["timestamp"]?.integer == time && $0["side"]?.string == "BUY" }.map(key))
        #expect(try rows("trades?takerOnly=false&limit=7&offset=5").map(key) == all[5..<12].map(key))
    }

    @Test(
        arguments: [
            "trades?offset=10001", "trades?filterType=CASH", "trades?market=0x1&eventId=2", "positions",
            "activity",
            "closed-positions?user=",
            "v1/leaderboard?offset=1001",
            "positions?user=0x1&offset=10001", "v1/leaderboard?timePeriod=YEAR", "holders",
        ])
    func aWrongRequestIs400V1(target: String) throws {
        let answer = try exchange.get("/data/\(target)")
        #expect(answer.status == 400)
        #expect(try JSON(answer.body)["error"] != nil)
    }

    @Test func theSecondVersionPagesByCursorToTheEnd() throws {
        var (seen, cursor, pages) = ([String](), "", 0)
        repeat {
            let page = try exchange.json("/data/v2/trades?taker_only=false&limit=500\(cursor)")
            seen += page["data"]!.array!.map {
                "\($0["transaction_hash"]!.string!) \($0["size"]!.numberText!)"
            }
            let next = page["pagination"]!["next_cursor"]!
            #expect(page["pagination"]?["has_more"]?.bool == (next != .null))
            cursor = next.string.map { "&cursor=\($0)" } ?? ""
            pages += 1
        } while !cursor.isEmpty && pages < 10
        let truth = try exchange.truth().map { try JSON($0) }
        #expect(pages == 3)
        #expect(
            seen.sorted()
                == truth.map { "\($0["transactionHash"]!.string!) \($0["size"]!.numberText!)" }.sorted())
    }

    @Test func aWhaleHasTheDocumentedProfile() throws {
        let whale = try #require(exchange.json("/control/wallets?character=whale").array?.first)
        let user = whale["address"]!.string!
        var closed: [JSON] = []
        for offset in stride(from: 0, to: 200, by: 50) {
            closed += try rows("closed-positions?user=\(user)&limit=500&offset=\(offset)")
        }
        let open = try rows("positions?user=\(user)&sizeThreshold=0")
        #expect(closed.count > 100 && open.count == 10)
        #expect(try rows("closed-positions?user=\(user)").count == 10)
        let results =
            closed.map { $0["realizedPnl"]!.double! }
            + open.map { $0["cashPnl"]!.double! + $0["realizedPnl"]!.double! }
        #expect(abs(results.reduce(0, +) - 80_000) < 0.01)
        #expect(Double(results.count { $0 > 0 }) / Double(results.count) == 0.68)
        #expect(
            closed.map { $0["realizedPnl"]!.double! }
                == closed.map { $0["realizedPnl"]!.double! }.sorted(by: >))
        #expect(whale["profit"]?.double == 80_000 && whale["winners"]?.integer == 102)
    }

    @Test(arguments: ["smart", "degen", "fresh", "insider", "maker", "ordinary"])
    func everyKindOfWalletHasItsFigures(character: String) throws {
        let wallets = try #require(exchange.json("/control/wallets?character=\(character)").array)
        #expect(!wallets.isEmpty)
        for wallet in wallets.prefix(10) {
            let (profit, positions) = (wallet["profit"]!.double!, wallet["positions"]!.double!)
            let rate = positions == 0 ? 0 : wallet["winners"]!.double! / positions
            let trades = wallet["trades"]!.integer!
            switch character {
            case "smart": #expect(profit > 50_000 && rate > 0.6 && positions >= 20)
            case "degen": #expect(profit < -10_000 && rate < 0.5)
            case "fresh": #expect(trades < 10 && positions <= 2)
            case "insider": #expect(trades < 10 && rate > 0.7 && profit > 10_000 && positions >= 20)
            case "maker": #expect(trades >= 300 && positions > 200)
            default: #expect(abs(profit) < 10_000)
            }
        }
    }

    @Test func unredeemedLosersLieAmongTheOpenPositions() throws {
        let user = try #require(
            exchange.json("/control/wallets?character=degen").array?.first?["address"]?.string)
        let losers = try rows("positions?user=\(user)&sizeThreshold=0&limit=500&redeemable=true")
        #expect(losers.count >= 20)
        #expect(losers.allSatisfy { $0["curPrice"]?.double == 1 || $0["cashPnl"]!.double! < 0 })
    }

    @Test func activityHasMoreThanTrades() throws {
        let user = try #require(
            exchange.json("/control/wallets?character=maker").array?.first?["address"]?.string)
        let all = try rows("activity?user=\(user)&limit=500")
        let types = Set(all.compactMap { $0["type"]?.string })
        #expect(types.isSuperset(of: ["TRADE", "MERGE", "SPLIT"]))
        #expect(
            all.filter { $0["type"]?.string != "TRADE" }.allSatisfy { $0["outcomeIndex"]?.integer == 999 })
        #expect(try rows("activity?user=\(user)&type=MERGE").allSatisfy { $0["type"]?.string == "MERGE" })
        #expect(try rows("activity?user=0x1,0x2").isEmpty)
    }

    @Test func theLeaderboardRanksInText() throws {
        let places =
            try rows("v1/leaderboard?timePeriod=ALL&limit=50")
            + rows("v1/leaderboard?timePeriod=ALL&limit=50&offset=50")
        #expect(places.map { $0["rank"]?.string } == (1...100).map(String.init))
        #expect(places.map { $0["pnl"]!.double! } == places.map { $0["pnl"]!.double! }.sorted(by: >))
        let third = places[2]["proxyWallet"]!.string!
        #expect(try rows("v1/leaderboard?timePeriod=ALL&user=\(third)").map { $0["rank"]?.string } == ["3"])
    }

    @Test func theAPILagsAsTheScenarioSays() throws {
        let exchange = try SimulatedExchange(
            ["--paused"],
            scenario: #"{"rest_lag_ms":4000,"settlement_ms":0,"trades_limit":40,"trades_offset":60}"#)
        try exchange.burst(200)
        #expect(try exchange.json("/data/trades?takerOnly=false").array?.isEmpty == true)
        #expect(try eventually { try exchange.json("/data/trades?takerOnly=false").array?.count == 40 })
        #expect(try exchange.get("/data/trades?offset=61").status == 400)
        #expect(
            try eventually {
                try exchange.json("/data/v2/status")["data"]?["serving"]?["lag_seconds"]?.double == 0
            })
    }

    @Test func ghostsAreNeverInTheDataAPI() throws {
        let exchange = try SimulatedExchange(["--paused"], scenario: #"{"ghosts":0.5,"settlement_ms":0}"#)
        try exchange.burst(300)
        let truth = try exchange.truth()
        #expect((50...250).contains(truth.count))
        #expect(
            try eventually {
                try exchange.json("/data/trades?takerOnly=false&limit=500").array?.count == truth.count
            })
        #expect(try exchange.truth("details=1").count == 300)
    }
}

extension SimulatedExchange {
    /// True if the APIs show every trade that was made.
    var isSettled: Bool {
        guard let statistics = try? statistics() else { return false }
        return statistics["visible"] == statistics["trades"]
    }
}
