import PMJSON
import TestSupport
import Testing

/// The shape of each answer against a recorded one: the same members of the same kinds.
struct ShapeTests {
    private static let shared = Result {
        let exchange = try SimulatedExchange(
            ["--paused", "--seed", "5"], scenario: #"{"unlisted_share":0,"combo_share":0.05}"#)
        try exchange.burst(600)
        #expect(eventually { exchange.isSettled })
        return exchange
    }
    private let exchange: SimulatedExchange

    init() throws { exchange = try Self.shared.get() }

    @Test(
        .needsSample("v2/data_v2.trades.page.json"),
        arguments: [
            ("data/v2/trades?limit=2", "data_v2.trades.page.json"),
            ("data/v2/activity?user=MAKER&type=TRADE&limit=2", "data_v2.activity.json"),
            ("data/v2/activity/combos?user=COMBO&limit=1", "data_v2.activity_combos.json"),
            ("data/v2/positions?user=MAKER&limit=2", "data_v2.positions.open.json"),
            ("data/v2/positions?user=MAKER&status=CLOSED&limit=2", "data_v2.positions.closed.json"),
            (
                "data/v2/positions?user=DEGEN&status=REDEEMABLE_LOST&limit=1",
                "data_v2.positions.redeemable_lost.assembled.json"
            ),
            ("data/v2/positions/combos?user=COMBO&limit=1", "data_v2.positions_combos.json"),
            ("data/v2/value?user=MAKER", "data_v2.value.json"),
            ("data/v2/user-stats?user=WHALE", "data_v2.user_stats.json"),
            ("data/v2/user-pnl?user=WHALE", "data_v2.user_pnl.json"),
            ("data/v2/user-volume?user=WHALE", "data_v2.user_volume.json"),
            ("data/v2/leaderboard?limit=2", "data_v2.leaderboard.json"),
            ("data/v2/leaderboard?user=WHALE", "data_v2.leaderboard_standing.json"),
            ("data/v2/holders?condition=HELD&limit=2", "data_v2.holders.json"),
            ("data/v2/holders?condition=HELD&include_pnl=true&limit=2", "data_v2.holders_pnl.json"),
            ("data/v2/tokens?condition=CTF", "data_v2.tokens.assembled.json"),
            ("data/v2/status", "data_v2.status.json"), ("data/v2/oi", "data_v2.oi.json"),
            ("data/v2/prices-history?token_id=TOKEN&interval=1h", "data_v2.prices_history.json"),
            ("gamma/public-profile?address=FULL", "gamma.public_profile.full.json"),
            ("gamma/public-profile?address=SPARSE", "gamma.public_profile.sparse.json"),
            ("gamma/markets/keyset?version=v2&limit=1", "gamma.markets_keyset.v2.assembled.json"),
            ("clob/book?token_id=V2TOKEN", "clob.book_v2.assembled.json"),
        ])
    func theAnswerHasTheShapeOfTheRecordedOne(target: String, sample: String) throws {
        let answer = try exchange.json("/" + filled(target))
        let recorded = try sampleJSON(sample)
        let (have, want) = (members(of: answer), members(of: recorded))
        for (path, kind) in want {
            let own = have[path]
            #expect(own != nil, "\(path) is missing")
            if let own, own != "null", kind != "null" { #expect(own == kind, "\(path)") }
        }
        for path in have.keys where !path.hasPrefix(".markets[]") {
            #expect(want[path] != nil, "\(path) is not in the recorded answer")
        }
    }

    @Test(.needsSample("v2/data_v2.errors.assembled.jsonl"))
    func errorsHaveTheRecordedForm() throws {
        let lines = try sampleLines("data_v2.errors.assembled.jsonl")
        let recorded = try #require(lines.first { $0["body"]?["error"]?.string == "invalid cursor" })
        let answer = try exchange.get("/data/v2/trades?cursor=nonsense")
        #expect(answer.status == recorded["status"]?.integer)
        #expect(members(of: try JSON(answer.body)) == members(of: recorded["body"] ?? .null))
        #expect(try JSON(answer.body)["trace_id"]?.string == answer.headers["x-trace-id"])
    }

    @Test(.needsSample("v2/polygon.receipt_exchange_v3.assembled.json"))
    func receiptsHaveTheRecordedForm() throws {
        let row = try exchange.trade(#"{"module":"binary","size":500,"price":0.5,"makers":true}"#)[0]
        let call =
            #"{"jsonrpc":"2.0","id":7,"method":"eth_getTransactionReceipt","params":["\#(row["transactionHash"]!.string!)"]}"#
        var receipt = JSON.null
        #expect(
            try eventually {
                receipt = try JSON(exchange.post("/polygon", call).body)
                return receipt["result"] != .null
            })
        let recorded = try sampleJSON("polygon.receipt_exchange_v3.assembled.json")
        #expect(Set(members(of: receipt).keys).isSuperset(of: members(of: recorded).keys))
    }

    // MARK: Samples

    private func sampleJSON(_ name: String) throws -> JSON {
        try JSON(try text(of: name))
    }

    private func sampleLines(_ name: String) throws -> [JSON] {
        try text(of: name).split(separator: "\n").map { try JSON(String($0)) }
    }

    private func text(of name: String) throws -> String {
        try contents(ofFile: try #require(SharedSamples.path("v2/\(name)")))
    }

    /// Replaces the words in capitals by addresses and ids of this world.
    private func filled(_ target: String) throws -> String {
        let wallets = try #require(exchange.json("/control/wallets").array)
        let markets = try #require(exchange.json("/control/markets").array)
        func wallet(_ isWanted: (Int, JSON) -> Bool) -> String {
            wallets.enumerated().first { isWanted($0.offset, $0.element) }?.element["address"]?.string ?? ""
        }
        func market(_ module: String, isLive: Bool) -> JSON? {
            markets.first { $0["module"]?.string == module && $0["live"]?.bool == isLive }
        }
        let words = [
            "MAKER": wallet { _, wallet in wallet["character"]?.string == "maker" },
            "DEGEN": wallet { _, wallet in wallet["character"]?.string == "degen" },
            "WHALE": wallet { _, wallet in wallet["character"]?.string == "whale" },
            "COMBO": wallet { _, wallet in (wallet["combos"]?.integer ?? 0) > 1 },
            "FULL": wallet { index, _ in index == 1 }, "SPARSE": wallet { index, _ in index == 3 },
            "HELD": market("v1_ctf", isLive: false)?["condition_id"]?.string ?? "",
            "CTF": market("v1_ctf", isLive: true)?["condition_id"]?.string ?? "",
            "V2TOKEN": market("binary", isLive: true)?["assets"]?.array?.first?.string ?? "",
            "TOKEN": market("v1_ctf", isLive: true)?["assets"]?.array?.first?.string ?? "",
        ]
        return words.sorted { $0.key.count > $1.key.count }.reduce(target) {
            $0.replacing("=\($1.key)", with: "=\($1.value)")
        }
    }
}

/// The kinds of all members, by path; elements of arrays share one path.
private func members(of json: JSON, at path: String = "") -> [String: String] {
    switch json {
    case .object(let members):
        members.reduce(into: [path: "object"]) { all, member in
            all.merge(ExchangeTests.members(of: member.value, at: "\(path).\(member.key)")) { old, new in
                old == "null" ? new : old
            }
        }
    case .array(let elements):
        elements.reduce(into: [path: "array"]) { all, element in
            all.merge(ExchangeTests.members(of: element, at: "\(path)[]")) { old, new in
                old == "null" ? new : old
            }
        }
    case .string: [path: "string"]
    case .number: [path: "number"]
    case .bool: [path: "bool"]
    case .null: [path: "null"]
    }
}
