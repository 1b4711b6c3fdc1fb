import Enrichment
import PMJSON
import PMRecord
import PolymarketAPI
import Testing

struct OwnerTests {
    static let question = OwnerQuestion(
        conditionID: "0xc0", asset: "7", transactionHash: "0xfeed", side: .buy, size: 100,
        price: Micros(count: 500_000), time: Timestamp("2026-11-22T10:00:00Z")!)

    static func row(
        _ wallet: String, hash: String = "0x1", asset: String = "7", size: Double = 100, price: Double = 0.5,
        at second: Int = 0
    ) -> String {
        #"""
        {"proxyWallet":"\#(wallet)","asset":"\#(asset)","side":"BUY","size":\#(size),"price":\#(price),\#
        "timestamp":\#(1_795_341_600 + second),"transactionHash":"\#(hash)"}
        """#
    }

    @Test(arguments: [
        ([row("0xa"), row("0xb", hash: "0xFEED")], "0xb"),  // the transaction decides
        ([row("0xa", hash: "0xfeed", asset: "8"), row("0xb", hash: "0xfeed")], "0xb"),
        ([row("0xa", hash: "0xfeed", size: 5), row("0xb", hash: "0xfeed")], "0xb"),
        ([row("0xa", hash: "0xfeed", asset: "8")], "0xa"),
        ([row("0xa", at: 4), row("0xb", at: -2)], "0xb"),  // the nearest in time
        ([row("0xa", at: 6)], nil), ([row("0xa", asset: "8")], nil), ([row("0xa", size: 102)], nil),
        ([row("0xa", size: 100.9, price: 0.5004)], "0xa"), ([row("0xa", price: 0.501)], nil), ([], nil),
    ])
    func rowsAreMatched(rows: [String], wallet: String?) throws {
        let rows = try DataAPI.trades(in: Array("[\(rows.joined(separator: ","))]".utf8)).rows
        let question = Self.question
        #expect(
            (question.wallet(ofTransactionAmong: rows) ?? question.wallet(ofLikeAmong: rows)) == wallet)
    }

    @Test func theTakersOrderIsPreferredInAReceipt() {
        let fills = [
            Polygon.Fill(maker: "0xa", side: .buy, asset: "7", size: 40, isTaker: false),
            Polygon.Fill(maker: "0xb", side: .buy, asset: "7", size: 100, isTaker: true),
        ]
        #expect(Self.question.wallet(among: fills) == "0xb")
        #expect(Self.question.wallet(among: Array(fills.prefix(1))) == nil)
        #expect(Self.question.wallet(among: [Polygon.Fill]()) == nil)
    }

    @Test func aTradeWithoutAWalletIsFoundAndToldWithItsWallet() {
        var desk = Desk()
        #expect(desk.take(Desk.trade(1, wallet: nil)).map(\.state) == ["pending"])
        let found =
            #"[{"proxyWallet":"0xBEEF","asset":"7","side":"BUY","size":20000,"price":0.5,"timestamp":1795341599}]"#
        func services(_ request: APIRequest) -> Reply {
            request.target.contains("takerOnly=true") ? .found(found) : Desk.answers(request)
        }
        var lines = desk.settle(services)
        // The service cannot show it yet.
        #expect(!desk.asked.contains { $0.target.contains("takerOnly=true") })
        _ = desk.wait(.seconds(6))
        lines += desk.settle(services)
        #expect(lines.map(\.state) == ["enriched"])
        #expect(lines[0]["wallet"]?.string == "0xbeef")
        #expect(lines[0]["profile"]?["total_profit"]?.numberText == "70000")
    }

    private static let other = #"""
        [{"proxyWallet":"0xBEEF","asset":"7","side":"BUY","size":20000,"price":0.5,"timestamp":1795341599,\#
        "transactionHash":"0xother"}]
        """#

    /// The receipt is built from the exchange contract's published ABI. A trade like it, of another transaction, is
    /// not taken for it.
    @Test(arguments: ["[]", other])
    func aWalletThatOnlyTheChainKnowsIsTold(rows: String) {
        var settings = Enricher.Settings()
        settings.hasPolygon = true
        var desk = Desk(settings)
        func word(_ hex: String) -> String { String(repeating: "0", count: 64 - hex.count) + hex }
        let (maker, exchange) = (
            String(repeating: "ab", count: 20), "E111180000d2663C0091e4f400237545B87B996B"
        )
        let topics = [
            "d543adfd945773f1a62f74f0ee55a5e3b9b1a28262980ba90b1a89f2ea84d8ee", word("1"), word(maker),
            word(exchange),
        ]
        // A taker who buys 20,000 shares of asset 7 for 10,000 dollars, in millionths.
        let data = ["0", "7", String(10_000_000_000, radix: 16), String(20_000_000_000, radix: 16)].map(word)
        let log = #"""
            {"address":"0x\#(exchange)","topics":[\#(topics.map { #""0x\#($0)""# }.joined(separator: ","))],\#
            "data":"0x\#(data.joined())"}
            """#
        _ = desk.take(Desk.trade(1, wallet: nil, extra: #","tx_hash":"0xFEED""#))
        _ = desk.wait(.seconds(6))
        let lines = desk.settle { request in
            request.route == .polygonReceipt
                ? .found(#"{"jsonrpc":"2.0","id":1,"result":{"logs":[\#(log)]}}"#)
                : request.target.contains("market=") ? .found(rows) : Desk.answers(request)
        }
        #expect(lines.map(\.state) == ["enriched"])
        #expect(lines.first?["wallet"]?.string == "0x" + maker)
    }

    @Test(arguments: [true, false])
    func aTradeLikeItIsTakenWhereTheChainSaysNothing(hasPolygon: Bool) {
        var settings = Enricher.Settings()
        settings.hasPolygon = hasPolygon
        var desk = Desk(settings)
        _ = desk.take(Desk.trade(1, wallet: nil, extra: #","tx_hash":"0xFEED""#))
        _ = desk.wait(.seconds(6))
        let lines = desk.settle { request in
            request.target.contains("market=") ? .found(Self.other) : Desk.answers(request)
        }
        #expect(lines.map { $0["wallet"]?.string } == ["0xbeef"])
        #expect(desk.asked.contains { $0.route == .polygonReceipt } == hasPolygon)
    }

    @Test func theChainIsAskedLast() {
        var settings = Enricher.Settings()
        settings.hasPolygon = true
        var desk = Desk(settings)
        _ = desk.take(Desk.trade(1, wallet: nil, extra: #","tx_hash":"0xFEED""#))
        _ = desk.wait(.seconds(6))
        let lines = desk.settle()
        #expect(lines.map(\.state) == ["failed"])
        #expect(lines[0].reason == "wallet: nobody's trade was found")
        let steps = desk.asked.filter { $0.target.contains("market=") || $0.route == .polygonReceipt }
        #expect(steps.map(\.route) == [.dataTrades, .dataTrades, .polygonReceipt])
        #expect(String(decoding: steps[2].body, as: UTF8.self).contains(#""params":["0xfeed"]"#))
    }
}
