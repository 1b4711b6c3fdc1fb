import PMJSON
import TestSupport
import Testing

struct PositionsV2Tests {
    private static let shared = Result { try SimulatedExchange(["--paused", "--seed", "5"]) }
    private let exchange: SimulatedExchange

    init() throws { exchange = try Self.shared.get() }

    private func wallet(_ character: String) throws -> JSON {
        try #require(exchange.json("/control/wallets?character=\(character)").array?.first)
    }

    private func rows(_ parameters: String) throws -> [JSON] {
        try exchange.walk("positions?\(parameters)").all
    }

    @Test(arguments: ["whale", "smart", "degen", "insider", "maker", "ordinary"])
    func theWalksAddUpToTheWallet(character: String) throws {
        let wallet = try wallet(character)
        let user = wallet["address"]!.string!
        let (open, closed) = (
            try rows("user=\(user)&limit=7"), try rows("user=\(user)&status=CLOSED&limit=50")
        )
        let sum =
            open.reduce(0) { $0 + $1["total_pnl"]!.double! }
            + closed.reduce(0) { $0 + $1["realized_pnl"]!.double! }
        #expect(abs(sum - wallet["profit"]!.double!) < 0.001)
        let redeemable = try rows("user=\(user)&status=REDEEMABLE")
        #expect(closed.count + redeemable.count == wallet["decided"]?.integer)
        let wins =
            closed.count { $0["realized_pnl"]!.double! > 0 }
            + redeemable.count { $0["total_pnl"]!.double! > 0 }
        #expect(wins == wallet["decided_winners"]?.integer)
        for row in open + closed {
            let parts = row["realized_pnl"]!.double! + row["unrealized_pnl"]!.double!
            #expect(abs(parts - row["total_pnl"]!.double!) < 0.0001)
            let unrealized = row["current_value"]!.double! - row["entry_cost_usdc"]!.double!
            #expect(abs(unrealized - row["unrealized_pnl"]!.double!) < 0.0001)
        }
    }

    @Test func openContainsTheOtherHeldStatuses() throws {
        let user = try wallet("maker")["address"]!.string!
        let token = { (row: JSON) in row["token_id"]!.string! }
        let open = try rows("user=\(user)")
        let all = Set(open.map(token))
        let mergeable = try rows("user=\(user)&status=MERGEABLE")
        #expect(mergeable.count >= 2 && mergeable.allSatisfy { $0["status"]?.string == "OPEN" })
        #expect(all.isSuperset(of: mergeable.map(token)))
        #expect(open.contains { $0["status"]?.string == "OPEN" && $0["realized_pnl"]?.double != 0 })
        #expect(open.allSatisfy { $0["current_size"]!.double! >= 0.1 })

        let degen = try wallet("degen")["address"]!.string!
        let lost = try rows("user=\(degen)&status=REDEEMABLE_LOST")
        #expect(lost.count >= 20)
        #expect(
            lost.allSatisfy {
                $0["status"]?.string == "REDEEMABLE" && $0["current_value"]?.double == 0
                    && $0["redeemable"]?.bool == true
            })
        let redeemable = Set(try rows("user=\(degen)&status=REDEEMABLE").map(token))
        #expect(redeemable.isSuperset(of: lost.map(token)))
    }

    @Test func dustAndArchivedMarketsAreLeftOutAndStillCount() throws {
        let wallets = try #require(exchange.json("/control/wallets").array)
        let hidden = try #require(wallets.first { $0["profit"]?.double != $0["full_profit"]?.double })
        let user = hidden["address"]!.string!
        let archived = try rows("user=\(user)&include_archived=true")
        #expect(archived.contains { $0["archived"]?.bool == true })
        #expect(try rows("user=\(user)").allSatisfy { $0["archived"]?.bool == false })
        #expect(
            try exchange.get("/data/v2/positions?user=\(user)&status=CLOSED&include_archived=true").status
                == 400)
    }

    @Test(arguments: ["TIMESTAMP", "PRICE", "TOKENS", "REALIZED_PNL", "TOTAL_PNL", "UNREALIZED_PNL"])
    func rowsComeInTheirOrder(sort: String) throws {
        let names = [
            "TIMESTAMP": "last_event_at", "PRICE": "current_price", "TOKENS": "current_size",
            "REALIZED_PNL": "realized_pnl", "TOTAL_PNL": "total_pnl", "UNREALIZED_PNL": "unrealized_pnl",
        ]
        let user = try wallet("maker")["address"]!.string!
        let values = try rows("user=\(user)&sort_by=\(sort)&limit=6").map { $0[names[sort]!]!.double! }
        #expect(values.count > 20 && values == values.sorted(by: >))
        let rising = try rows("user=\(user)&sort_by=\(sort)&sort_direction=ASC&limit=6")
        #expect(rising.map { $0[names[sort]!]!.double! } == values.sorted())
    }

    @Test func aCursorNeedsItsAnchorAndIsNotContradicted() throws {
        let user = try wallet("maker")["address"]!.string!
        let other = try wallet("degen")["address"]!.string!
        let page = try exchange.json("/data/v2/positions?user=\(user)&status=CLOSED&sort_by=PRICE&limit=5")
        let cursor = try #require(page["pagination"]?["next_cursor"]?.string)
        let status = { (parameters: String) in
            try exchange.get("/data/v2/positions?cursor=\(cursor)\(parameters)").status
        }
        #expect(try status("") == 400)
        #expect(try status("&user=\(other)") == 400)
        #expect(try status("&user=\(user)") == 200)
        #expect(try status("&user=\(user)&status=CLOSED&sort_by=PRICE") == 200)
        #expect(try status("&user=\(user)&status=OPEN") == 400)
        // A price is served in the order of the realized result; the key to restate is the requested one.
        #expect(try status("&user=\(user)&sort_by=REALIZED_PNL") == 400)
    }

    @Test func oneConditionListsItsHolders() throws {
        let user = try wallet("maker")["address"]!.string!
        let id = try rows("user=\(user)")[0]["condition_id"]!.string!
        let holders = try rows("condition=\(id)&limit=4")
        #expect(holders.contains { $0["proxy_wallet"]?.string == user })
        #expect(holders.allSatisfy { $0["condition_id"]?.string == id })
        let groups = try #require(
            exchange.json("/data/v2/holders?condition=\(id)&limit=1000")["data"]?.array)
        #expect(
            groups.flatMap { $0["holders"]!.array! }.contains { $0["proxy_wallet"]?.string == user })
    }

    @Test func combosHaveTheirOwnListing() throws {
        let wallets = try #require(exchange.json("/control/wallets").array)
        let wallet = try #require(wallets.first { ($0["combos"]?.integer ?? 0) > 2 })
        let user = wallet["address"]!.string!
        let combos = try exchange.walk("positions/combos?user=\(user)&limit=2").all
        #expect(combos.count == wallet["combos"]?.integer)
        let ended = combos.filter {
            $0["status"]!.string!.hasPrefix("RESOLVED") && $0["redeemable"]?.bool == false
        }
        let profit = ended.reduce(0) {
            $0 + $1["realized_payout_usdc"]!.double! - $1["gross_entry_cost_usdc"]!.double!
        }
        #expect(abs(profit - wallet["combo_profit"]!.double!) < 0.0001)
        #expect(
            try exchange.get("/data/v2/positions/combos?user=\(user)&status=OPEN,REDEEMABLE").status == 400)
    }
}
