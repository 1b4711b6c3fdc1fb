import PMJSON
import TestSupport
import Testing

struct WalletV2Tests {
    private static let shared = Result {
        let exchange = try SimulatedExchange(["--paused", "--seed", "5"])
        try exchange.burst(300)
        #expect(eventually { exchange.isSettled })
        return exchange
    }
    private let exchange: SimulatedExchange

    init() throws { exchange = try Self.shared.get() }

    private func data(_ target: String) throws -> JSON {
        try #require(exchange.json("/data/v2/\(target)")["data"])
    }

    @Test func theIdentitiesOfProfitAndLossHold() throws {
        let wallets = try #require(exchange.json("/control/wallets?limit=60").array)
        for wallet in wallets {
            let stats = try data("user-stats?user=\(wallet["address"]!.string!)")
            #expect(stats["trades"]?.integer == wallet["markets_traded"]?.integer)
            guard let point = stats["all_time_pnl"], point != .null else { continue }
            let value = { (name: String) in point[name]?.double ?? .nan }
            let isSame = { (one: Double, other: Double) in abs(one - other) < 0.00001 }
            let rebates = value("maker_rebate") + value("taker_rebate")
            #expect(isSame(value("position_pnl"), value("realized_pnl") + value("unrealized_pnl")))
            #expect(isSame(value("wallet_income"), value("sponsored_income") + rebates))
            #expect(isSame(value("settled_pnl"), value("realized_pnl") + value("wallet_income")))
            #expect(isSame(value("economic_pnl"), value("position_pnl") + value("wallet_income")))
            #expect(
                isSame(
                    value("trade_pnl"),
                    value("position_pnl") - value("realized_lp_pnl") - value("fees") - value("fees_refunded"))
            )
            #expect(
                isSame(
                    value("trade_pnl"), wallet["full_profit"]!.double! + wallet["combo_profit"]!.double!))
            #expect(point["trade_count"]?.integer == wallet["fills"]?.integer)
        }
    }

    @Test func unknownWalletsAreNullOrZeros() throws {
        let null = try SimulatedExchange(["--paused"], scenario: #"{"unknown_stats":"null"}"#)
        #expect(try null.json("/data/v2/user-stats?user=0x1")["data"] == .null)
        let zeros = try SimulatedExchange(["--paused"], scenario: #"{"unknown_stats":"zeros"}"#)
        let row = try #require(zeros.json("/data/v2/user-stats?user=0x1")["data"])
        #expect(row["trades"]?.integer == 0 && row["join_date"] == .null && row["all_time_pnl"] == .null)
        #expect(try data("leaderboard?user=0x1") == .null)
    }

    @Test func theSeriesEndsWhereTheStatsAre() throws {
        let wallet = try #require(exchange.json("/control/wallets?character=whale").array?.first)
        let user = wallet["address"]!.string!
        let series = try data("user-pnl?user=\(user)&interval=max&fidelity=1d")
        let points = try #require(series["points"]?.array)
        #expect(points.count > 10)
        let counts = points.map { $0["trade_count"]!.integer! }
        #expect(counts == counts.sorted())
        let volume = try data("user-volume?user=\(user)")
        #expect(volume["trade_count"]?.integer == wallet["fills"]?.integer)
        #expect(try data("value?user=\(user)")["value"]?.double == wallet["value"]?.double)
    }

    @Test func tiesShareARankAndTheNextIsSkipped() throws {
        let rows = try exchange.walk("leaderboard?time_period=all&limit=60").all
        let (ranks, profits) = (rows.map { $0["rank"]!.integer! }, rows.map { $0["pnl"]!.double! })
        #expect(profits == profits.sorted(by: >))
        #expect(Set(ranks).count < ranks.count)
        for (index, rank) in ranks.enumerated() {
            #expect(rank == profits.count { $0 > profits[index] } + 1)
        }
    }

    @Test func activityIncludesFeesAndHidesTransfersAndTips() throws {
        let user = try #require(
            exchange.json("/control/wallets?character=maker").array?.first?["address"]?.string)
        let falling = try exchange.walk("activity?user=\(user)&limit=60").all
        let rising = try exchange.walk("activity?user=\(user)&limit=60&sort_direction=ASC").all
        #expect(rising == falling.reversed())
        let types = Set(falling.compactMap { $0["type"]?.string })
        #expect(types.isDisjoint(with: ["DEPOSIT", "WITHDRAWAL", "TIP"]))
        #expect(types.isSuperset(of: ["TRADE", "SPLIT", "MERGE"]))
        #expect(
            falling.contains {
                let notional = $0["size"]!.double! * $0["price"]!.double!
                return $0["type"]?.string == "TRADE" && $0["usdc_size"]!.double! > notional + 0.001
            })
        let tips = try exchange.walk("activity?user=\(user)&type=TIP").all
        #expect(!tips.isEmpty && tips.allSatisfy { ["IN", "OUT"].contains($0["side"]?.string) })
        let all = try exchange.walk("activity?user=\(user)&exclude_deposits_withdrawals=false").all
        #expect(all.count > falling.count)

        let ignoring = try SimulatedExchange(
            ["--paused", "--seed", "5"], scenario: #"{"type_lists":"ignore"}"#)
        let list = try ignoring.walk("activity?user=\(user)&type=SPLIT,MERGE").all
        #expect(list.contains { $0["type"]?.string == "TRADE" })
    }

    @Test func historiesAreTheSameUnderASeed() throws {
        let other = try SimulatedExchange(["--paused", "--seed", "5"])
        let names = ["address", "profit", "positions", "winners", "decided", "value", "trades", "combos"]
        let figures = { (exchange: SimulatedExchange) in
            try exchange.json("/control/wallets?limit=40").array!.map { wallet in
                names.map { wallet[$0] ?? .null }
            }
        }
        #expect(try figures(exchange) == figures(other))
    }
}
