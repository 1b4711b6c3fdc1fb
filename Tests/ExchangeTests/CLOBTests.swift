import PMJSON
import TestSupport
import Testing

struct CLOBTests {
    private static let shared = Result { try SimulatedExchange(["--paused"], scenario: #"{"v2_share":0.4}"#) }
    private let exchange: SimulatedExchange

    init() throws { exchange = try Self.shared.get() }

    private func market(_ module: String) throws -> JSON {
        try #require(
            exchange.json("/control/markets").array?.first {
                $0["module"]?.string == module && $0["live"]?.bool == (module != "combo")
            })
    }

    @Test func onlyBooksOfProtocolV2HaveAVersion() throws {
        let (old, new) = (try market("v1_ctf"), try market("binary"))
        let book = { (market: JSON) in
            try exchange.json("/clob/book?token_id=\(market["assets"]!.array![0].string!)")
        }
        #expect(try book(old)["version"] == nil && book(old)["event_type"] == nil)
        let v2 = try book(new)
        #expect(v2["version"]?.string == "v2" && v2["last_trade_price"]?.string == "")
        #expect(v2["market"] == new["condition_id"] && v2["market"]!.string!.utf8.count == 66)
        let combo = try market("combo")["assets"]!.array![0].string!
        #expect(try exchange.get("/clob/book?token_id=\(combo)").status == 404)
    }

    @Test func aListOfBooksIsAFlatArray() throws {
        let asset = try market("v1_ctf")["assets"]!.array![0].string!
        let list = #"[{"token_id":"\#(asset)"}]"#
        #expect(try JSON(exchange.post("/clob/books", list).body).array?.count == 1)
        #expect(try exchange.post("/clob/books", #"{"params":\#(list)}"#).text == "[]")
        let many = Array(repeating: #"{"token_id":"\#(asset)"}"#, count: 501).joined(separator: ",")
        #expect(try exchange.post("/clob/books", "[\(many)]").status == 400)
    }

    @Test func marketsAreFoundByConditionAndByToken() throws {
        let market = try market("binary")
        let id = market["condition_id"]!.string!
        let found = try exchange.json("/clob/clob-markets/\(id)")
        #expect(found["c"]?.string == id && found["t"]?.array?.count == 2)
        let short = try exchange.get("/clob/clob-markets/\(id.dropLast(2))")
        #expect(short.status == 404 && short.text.contains("market not found"))
        let asset = market["assets"]!.array![1].string!
        let byToken = try exchange.json("/clob/markets-by-token/\(asset)")
        #expect(byToken["condition_id"]?.string == id && byToken["secondary_token_id"]?.string == asset)
        let history = try exchange.json("/clob/prices-history?market=\(asset)&interval=1d&fidelity=60")
        #expect((20...26).contains(history["history"]?.array?.count ?? 0))
    }

    @Test func tokensOfEveryModuleAreKnown() throws {
        let modules = ["v1_ctf", "binary", "combo"]
        let markets = try modules.map { try market($0) }
        let ids = markets.map { $0["assets"]!.array![0].string! }.joined(separator: ",")
        let tokens = try #require(exchange.json("/data/v2/tokens?token_id=\(ids),123")["data"]?.array)
        #expect(tokens.map { $0["module"]?.string } == modules)
        #expect(tokens.allSatisfy { $0["condition_id"]!.string!.utf8.count == 66 })
        #expect(tokens[2]["title"] == .null && tokens[0]["event_id"]?.string == nil)
        let combo = markets[2]["condition_id"]!.string!
        #expect(
            try exchange.json("/data/v2/tokens?condition=\(combo.dropLast(2))")["data"]?.array?.count == 2)
        #expect(try exchange.get("/data/v2/holders?condition=\(combo.dropLast(2))").status == 400)
        #expect(try exchange.get("/data/v2/resolutions?condition=\(combo.dropLast(2))").status == 400)
        #expect(try exchange.get("/data/v2/tokens").status == 400)
    }

    @Test(
        arguments: [
            "start=0", "interval=1d&as_of=5", "start=100&end=2000000", "interval=1w&bucket_seconds=60",
            "interval=2d", "",
        ])
    func aWrongWindowOfPricesIs400(parameters: String) throws {
        #expect(try exchange.get("/data/v2/prices-history?token_id=1&\(parameters)").status == 400)
    }
}
