import Enrichment
import PMJSON
import PMRecord
import PolymarketAPI
import Testing

struct OwnerTests {
    static let query = OwnerQuery(
        conditionID: "0xc0", asset: "7", transactionHash: "0xfeed", side: .buy, size: 100,
        price: Micros(count: 500_000), time: Timestamp("2026-11-22T10:00:00Z")!)

    static func row(
        _ wallet: String, hash: String = "0x1", asset: String = "7", size: Double = 100, price: Double = 0.5,
        at second: Int = 0
    ) -> String {
        #"""
        {"proxy_wallet":"\#(wallet)","token_id":"\#(asset)","side":"BUY","size":\#(size),"price":\#(price),\#
        "timestamp":\#(1_795_341_600 + second),"transaction_hash":"\#(hash)"}
        """#
    }

    @Test(arguments: [
        ([row("0xa"), row("0xb", hash: "0xFEED")], "0xb"),  // The transaction decides.
        ([row("0xa", hash: "0xfeed", asset: "8"), row("0xb", hash: "0xfeed")], "0xb"),
        ([row("0xa", hash: "0xfeed", size: 5), row("0xb", hash: "0xfeed")], "0xb"),
        ([row("0xa", hash: "0xfeed", asset: "8")], "0xa"),
        ([row("0xa", at: 4), row("0xb", at: -2)], "0xb"),  // The nearest in time.
        ([row("0xa", at: 6)], nil), ([row("0xa", asset: "8")], nil), ([row("0xa", size: 102)], nil),
        ([row("0xa", size: 100.9, price: 0.5004)], "0xa"), ([row("0xa", price: 0.501)], nil), ([], nil),
    ])
    func tradeRowsAreMatched(rows: [String], wallet: String?) throws {
        let body = #"{"data":[\#(rows.joined(separator: ","))],"pagination":{"has_more":false}}"#
        let rows = try DataAPI.TradesRead(takerOnly: true).page(in: Array(body.utf8)).rows
        let query = Self.query
        let owner = query.owner(ofTransactionAmong: rows) ?? query.owner(ofSimilarAmong: rows)
        #expect(owner?.wallet == wallet)
        #expect(owner == nil || owner?.role == .taker)
    }

    @Test func theTakersOrderInAReceiptIsPreferred() {
        let fills = [
            Polygon.Fill(maker: "0xa", side: .buy, asset: "7", size: 40, isTaker: false),
            Polygon.Fill(maker: "0xb", side: .buy, asset: "7", size: 100, isTaker: true),
        ]
        #expect(Self.query.owner(among: fills) == TradeOwner(wallet: "0xb", role: .taker))
        #expect(Self.query.owner(among: Array(fills.prefix(1))) == nil)
        #expect(Self.query.owner(among: [Polygon.Fill]()) == nil)
    }

    @Test func theOwnerOfATradeWithoutAWalletIsFound() {
        var simulation = SimulatedEnricher()
        #expect(simulation.receive(Sample.trade(1, wallet: nil)).map(\.state) == ["pending"])
        let found =
            #"{"proxy_wallet":"0xBEEF","token_id":"7","side":"BUY","size":20000,"price":0.5,"timestamp":1795341599}"#
        func services(_ request: APIRequest) -> APIReply {
            request.isForOwner && request.target.contains("taker_only=true")
                ? .page([found]) : Sample.reply(to: request)
        }
        var lines = simulation.run(services)
        // The Data API does not show the trade yet.
        #expect(!simulation.sent.contains { $0.isForOwner })
        _ = simulation.advance(by: .seconds(6))
        lines += simulation.run(services)
        #expect(lines.map(\.state) == ["enriched"])
        #expect(lines[0]["wallet"]?.string == "0xbeef")
        #expect(lines[0]["profile"]?["total_profit"]?.numberText == "70000")
    }

    private static let other = #"""
        {"proxy_wallet":"0xBEEF","token_id":"7","side":"BUY","size":20000,"price":0.5,"timestamp":1795341599,\#
        "transaction_hash":"0xother"}
        """#

    /// The receipt follows the exchange contract's published ABI. It is preferred to a similar trade of another
    /// transaction.
    @Test(arguments: [[], [other]])
    func anOwnerIsFoundInTheReceiptAlone(rows: [String]) {
        var settings = Enricher.Settings()
        settings.lookups.polygonNodes = 1
        var simulation = SimulatedEnricher(settings)
        func word(_ hex: String) -> String { String(repeating: "0", count: 64 - hex.count) + hex }
        let (maker, exchange) = (
            String(repeating: "ab", count: 20), "E111180000d2663C0091e4f400237545B87B996B"
        )
        let topics = [
            "d543adfd945773f1a62f74f0ee55a5e3b9b1a28262980ba90b1a89f2ea84d8ee", word("1"), word(maker),
            word(exchange),
        ]
        // A taker buys 20,000 shares of asset 7 for 10,000 dollars, in millionths.
        let data = ["0", "7", String(10_000_000_000, radix: 16), String(20_000_000_000, radix: 16)].map(word)
        let log = #"""
            {"address":"0x\#(exchange)","topics":[\#(topics.map { #""0x\#($0)""# }.joined(separator: ","))],\#
            "data":"0x\#(data.joined())"}
            """#
        _ = simulation.receive(Sample.trade(1, wallet: nil, extra: #","tx_hash":"0xFEED""#))
        _ = simulation.advance(by: .seconds(6))
        let lines = simulation.run { request in
            request.route == .polygonReceipt
                ? .found(#"{"jsonrpc":"2.0","id":1,"result":{"logs":[\#(log)]}}"#)
                : request.isForOwner ? .page(rows) : Sample.reply(to: request)
        }
        #expect(lines.map(\.state) == ["enriched"])
        #expect(lines.first?["wallet"]?.string == "0x" + maker)
        #expect(lines.first?["role"]?.string == "taker")
    }

    @Test(arguments: [true, false])
    func aSimilarTradesWalletIsUsedWithoutAReceipt(hasPolygon: Bool) {
        var settings = Enricher.Settings()
        settings.lookups.polygonNodes = hasPolygon ? 1 : 0
        var simulation = SimulatedEnricher(settings)
        _ = simulation.receive(Sample.trade(1, wallet: nil, extra: #","tx_hash":"0xFEED""#))
        _ = simulation.advance(by: .seconds(6))
        let lines = simulation.run { request in
            request.isForOwner ? .page([Self.other]) : Sample.reply(to: request)
        }
        #expect(lines.map { $0["wallet"]?.string } == ["0xbeef"])
        #expect(simulation.sent.contains { $0.route == .polygonReceipt } == hasPolygon)
    }

    @Test func theReceiptIsRequestedLast() {
        var settings = Enricher.Settings()
        settings.lookups.polygonNodes = 1
        var simulation = SimulatedEnricher(settings)
        _ = simulation.receive(Sample.trade(1, wallet: nil, extra: #","tx_hash":"0xFEED""#))
        _ = simulation.advance(by: .seconds(6))
        let lines = simulation.run()
        #expect(lines.map(\.state) == ["failed"])
        #expect(lines[0].reason == "wallet: nobody's trade was found")
        let steps = simulation.sent.filter { $0.isForOwner || $0.route == .polygonReceipt }
        #expect(steps.map(\.route) == [.dataV2Trades, .dataV2Trades, .polygonReceipt])
        #expect(String(decoding: steps[2].body, as: UTF8.self).contains(#""params":["0xfeed"]"#))
    }

    /// A node does not have the receipt of the newest transactions yet.
    @Test func aReceiptThatIsNotThereYetIsRequestedAgain() {
        var settings = Enricher.Settings()
        settings.lookups.polygonNodes = 1
        var simulation = SimulatedEnricher(settings)
        _ = simulation.receive(Sample.trade(1, wallet: nil, extra: #","tx_hash":"0xFEED""#))
        _ = simulation.advance(by: .seconds(6))
        func services(_ request: APIRequest) -> APIReply {
            request.route == .polygonReceipt ? .found(#"{"result":null}"#) : Sample.reply(to: request)
        }
        var lines = simulation.run(services)
        for _ in 1...5 {
            lines += simulation.advance(by: .seconds(2))
            lines += simulation.run(services)
        }
        #expect(lines.map(\.state) == ["failed"])
        #expect(simulation.sent.count { $0.route == .polygonReceipt } == 4)
    }

    /// Version 2 takes no window of time for a market.
    @Test func theNewestTradesAreReadBackToTheTrade() {
        var simulation = SimulatedEnricher()
        _ = simulation.receive(Sample.trade(1, wallet: nil))
        _ = simulation.advance(by: .seconds(6))
        func row(_ wallet: String, secondsLater: Int) -> String {
            #"""
            {"proxy_wallet":"\#(wallet)","token_id":"7","side":"BUY","size":20000,"price":0.5,\#
            "timestamp":\#(1_795_341_599 + secondsLater)}
            """#
        }
        let lines = simulation.run { request in
            guard request.isForOwner else { return Sample.reply(to: request) }
            if request.target.contains("cursor=b") {
                return .page([row("0xc", secondsLater: -60)], next: "c")
            }
            if request.target.contains("cursor=a") { return .page([row("0xb", secondsLater: 0)], next: "b") }
            return .page([row("0xa", secondsLater: 30)], next: "a")
        }
        #expect(lines.map { $0["wallet"]?.string } == ["0xb"])
        #expect(lines.first?["role"]?.string == "taker")
        let requests = simulation.sent.filter { $0.isForOwner }
        #expect(requests.map { $0.bypassesCache } == [true, true, true])
    }
}
