import Enrichment
import PMJSON
import PMRecord
import PolymarketAPI
import TestSupport
import Testing

/// The signals of trades, with simulated services.
struct SignalTests {
    static func enricher(polygonNodes: Int = 0) -> SimulatedEnricher {
        var settings = Enricher.Settings()
        settings.signals = SignalSettings()
        settings.lookups.polygonNodes = polygonNodes
        return SimulatedEnricher(settings)
    }

    /// A wallet that holds `shares` of token 7 and `other` of token 8 in the market `0xc0`.
    static func reply(to request: APIRequest, shares: Int, other: Int = 0) -> APIReply {
        guard request.route == .dataV2Positions, request.target.contains("condition=") else {
            return Sample.reply(to: request)
        }
        func row(_ token: String, _ size: Int) -> String {
            #"""
            {"token_id":"\#(token)","condition_id":"0xc0","status":"OPEN","current_size":\#(size),\#
            "current_value":\#(size),"realized_pnl":0,"total_pnl":0,"last_event_at":1795341600}
            """#
        }
        let rows = [("7", shares), ("8", other)].filter { $0.1 > 0 }
        return .page(rows.map { row($0, $1) })
    }

    static func signals(_ lines: [JSON]) -> JSON? { lines.last { $0.kind == "trade" }?["signals"] }

    @Test func withoutTheOptionThereAreNoSignalsAndNoRequestsForThem() {
        var enricher = SimulatedEnricher()
        _ = enricher.receive(Sample.trade(1))
        #expect(Self.signals(enricher.run()) == nil)
        #expect(
            !enricher.sent.contains { $0.target.contains("condition=0xc0") && $0.route == .dataV2Positions })
    }

    // The trade is a purchase or a sale of 20,000 shares of token 7.
    @Test(arguments: [
        ("BUY", 20_000, 0, "opening", [String]()), ("BUY", 50_000, 0, "adding", []),
        ("BUY", 20_000, 5_000, "hedging", []),
        ("BUY", 20_000, 19_000, "hedging", ["HEDGED_PAIR"]), ("SELL", 0, 0, "closing", []),
        ("SELL", 900, 0, "reducing", []),
    ])
    func aTradeSaysWhatItDidToThePosition(
        _ side: String, _ shares: Int, _ other: Int, _ position: String, _ noise: [String]
    ) throws {
        var enricher = Self.enricher()
        _ = enricher.receive(Sample.trade(1).replacing(#""side":"BUY""#, with: #""side":"\#(side)""#))
        let signals = try #require(
            Self.signals(enricher.run { Self.reply(to: $0, shares: shares, other: other) }))
        #expect(signals["position"]?.string == position)
        #expect(signals["noise"]?.array?.compactMap(\.string) == noise)
        // A sale that leaves a position is no bet.
        #expect((signals["score"]?.integer == 0) == (side == "SELL"))
        #expect(enricher.sent.count { $0.target.contains("condition=") && $0.route == .dataV2Positions } == 1)
    }

    @Test func theScoreHasItsParts() throws {
        var enricher = Self.enricher()
        _ = enricher.receive(Sample.trade(1).replacing(#""price":0.5"#, with: #""price":0.1"#))
        let signals = try #require(Self.signals(enricher.run { Self.reply(to: $0, shares: 20_000) }))
        let parts = try #require(signals["parts"])
        // Fewer than ten trades; an outcome at 0.1; nothing of the other outcome.
        #expect(parts["fresh_wallet"]?.integer == 25)
        #expect(parts["unlikely_outcome"]?.integer == 15)
        #expect(parts["unhedged"]?.integer == 10)
        #expect(parts["near_end"] == nil, "the market has no end")
        guard case .object(let members) = parts else { return }
        #expect(signals["score"]?.integer == members.reduce(0) { $0 + ($1.value.integer ?? 0) })
    }

    @Test func aReceiptShowsTheLevelsThatWereTaken() throws {
        var enricher = Self.enricher(polygonNodes: 1)
        let hash = "0x" + String(repeating: "ab", count: 32)
        _ = enricher.receive(Sample.trade(1, extra: #","tx_hash":"\#(hash)","role":"taker""#))
        _ = enricher.run { request in
            request.route == .polygonReceipt
                ? .found(#"{"result":null}"#) : Self.reply(to: request, shares: 20_000)
        }
        // A node that does not have the receipt yet is asked again after two seconds.
        _ = enricher.advance(by: .seconds(2))
        _ = enricher.run { request in
            request.route == .polygonReceipt
                ? .found(#"{"result":null}"#) : Self.reply(to: request, shares: 20_000)
        }
        #expect(enricher.sent.count { $0.route == .polygonReceipt } == 2)
    }

    @Test func smallTradesAddUpToAnAccumulation() throws {
        var enricher = Self.enricher()
        var emitted: [JSON] = []
        for id in 1...12 {
            let line = Sample.trade(id, value: 900, extra: #","candidate":true"#)
                .replacing(#","tier":"WHALE""#, with: "")
            emitted += enricher.receive(line)
            emitted += enricher.run { Self.reply(to: $0, shares: 20_000) }
        }
        let trades = emitted.filter { $0.kind == "trade" }
        #expect(Set(trades.compactMap { $0["id"]?.string }) == ["12"])
        let accumulation = try #require(Self.signals(trades)?["accumulation"])
        #expect(accumulation["window"]?.string == "1h")
        #expect(accumulation["value"]?.numberText == "10800")
        #expect(accumulation["trades"]?.integer == 12)
        #expect(enricher.enricher.droppedCandidates == 11)
    }

    @Test func largeTradesOfFreshWalletsOnOneEventAreRelated() throws {
        var enricher = Self.enricher()
        for id in 1...3 {
            _ = enricher.receive(Sample.trade(id, wallet: "0xf\(id)", extra: #","event_slug":"e""#))
            let signals = try #require(Self.signals(enricher.run { Self.reply(to: $0, shares: 20_000) }))
            #expect(signals["related"]?["wallets"]?.integer == (id == 3 ? 3 : nil))
            #expect(signals["related"]?["value"]?.numberText == (id == 3 ? "30000" : nil))
        }
    }

    @Test func aRetryKeepsTheSignalsOfEarlierTrades() throws {
        var enricher = Self.enricher()
        for id in 1...3 {
            _ = enricher.receive(Sample.trade(id, wallet: "0xf\(id)", extra: #","event_slug":"e""#))
            _ = enricher.run { request in
                id == 3 && request.route == .gammaProfile
                    ? .status(400) : Self.reply(to: request, shares: 20_000)
            }
        }
        var lines: [JSON] = []
        for _ in 0..<20 {
            lines += enricher.advance(by: .seconds(3))
            lines += enricher.run { Self.reply(to: $0, shares: 20_000) }
        }
        let retried = try #require(lines.last { $0["id"]?.string == "3" })
        #expect(retried.revision == 2)
        #expect(retried["signals"]?["related"]?["wallets"]?.integer == 3)
    }
}
