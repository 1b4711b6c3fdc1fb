import Enrichment
import PMJSON
import PMRecord
import PolymarketAPI
import TestSupport
import Testing

/// The outcomes of trades, with a clock by hand.
struct GradingTests {
    /// The price of a token is 0.6 at all times; its market is resolved one day and a half after the trade.
    struct World {
        var resolvedAt = Timestamp("2026-11-23T22:00:00Z")!
        var status = "posed"
        var payouts = "[1000000,0]"
        var isDown = false

        func reply(to request: APIRequest) -> APIReply {
            guard !isDown else { return .status(500) }
            switch request.route {
            case .dataV2PriceHistory:
                let end = request.target.split(separator: "&").first { $0.hasPrefix("end=") }!.dropFirst(4)
                let time = (Int(end)! - 1) / 60 * 60
                return .page([#"{"timestamp":\#(time),"price":0.6,"resolution_seconds":60}"#])
            case .dataV2Resolutions:
                let conditions = request.target.split(separator: "=")[1].split(separator: ",")
                let rows = conditions.map { condition in
                    let end =
                        status == "resolved" ? #","payouts":\#(payouts),"resolved_at":"\#(resolvedAt)""# : ""
                    return #"{"condition_id":"\#(condition)","status":"\#(status)"\#(end)}"#
                }
                return .found(#"{"data":[\#(rows.joined(separator: ","))]}"#)
            default: return Sample.reply(to: request)
            }
        }
    }

    /// A trade of 2026-11-22T09:59:59Z, a buy at 0.5.
    static func trade(_ id: Int = 1, extra: String = "") -> String {
        Sample.trade(id, extra: #","outcome_index":0\#(extra)"#)
    }

    static func enricher(_ mode: GradingMode) -> SimulatedEnricher {
        var settings = Enricher.Settings()
        settings.grading = mode
        return SimulatedEnricher(settings)
    }

    static func outcomes(_ lines: [JSON]) -> [JSON] { lines.filter { $0.kind == "outcome" } }

    @Test func nothingIsGradedBeforeItsTime() throws {
        var enricher = Self.enricher(.alerts)
        var world = World()
        _ = enricher.receive(Self.trade())
        #expect(Self.outcomes(enricher.run { world.reply(to: $0) }).isEmpty)

        // One minute after the five minutes the price can be read.
        for (minutes, keys) in [
            (5, nil), (2, ["price_5m"]), (40, nil), (15, ["price_5m", "price_1h"]), (60, nil),
            (22 * 60, ["price_5m", "price_1h", "price_24h"]),
        ] as [(Int, [String]?)] {
            _ = enricher.advance(by: .seconds(minutes * 60))
            let lines = Self.outcomes(enricher.run { world.reply(to: $0) })
            guard let keys else {
                #expect(lines.isEmpty, "after \(minutes) min")
                continue
            }
            let outcome = try #require(lines.first)
            #expect(lines.count == 1)
            for key in ["price_5m", "price_1h", "price_24h"] {
                #expect(outcome[key]?.numberText == (keys.contains(key) ? "0.6" : nil))
            }
            #expect(outcome["edge_5m"]?.numberText == "10")
            #expect(outcome["settlement"] == nil)
        }
        // A market that is resolved in the future of this clock is not.
        world.status = "resolved"
        _ = enricher.advance(by: .seconds(3600))
        #expect(Self.outcomes(enricher.run { world.reply(to: $0) }).isEmpty)
        _ = enricher.advance(by: .seconds(24 * 3600))
        let lines = enricher.run { world.reply(to: $0) }
        let settled = try #require(Self.outcomes(lines).first)
        #expect(settled["settlement"]?.numberText == "1")
        #expect(settled["edge"]?.numberText == "50")
        #expect(settled["resolved_at"]?.string == "2026-11-23T22:00:00.000Z")
        #expect(settled["price_24h"]?.numberText == "0.6")
        let resolution = try #require(lines.first { $0.kind == "resolution" })
        #expect(resolution["payouts"]?.array?.map(\.numberText) == ["1", "0"])
        // A settled trade is followed no longer.
        enricher.sent = []
        _ = enricher.advance(by: .seconds(30 * 86_400))
        _ = enricher.run { world.reply(to: $0) }
        #expect(!enricher.sent.contains { [.dataV2PriceHistory, .dataV2Resolutions].contains($0.route) })
    }

    @Test func tradesOfOneMarketAreSettledByOneRequest() throws {
        var enricher = Self.enricher(.only)
        enricher.now = enricher.now.advanced(by: .seconds(3 * 86_400))
        var world = World()
        world.status = "resolved"
        for id in 1...10 { _ = enricher.receive(Self.trade(id)) }
        let lines = enricher.run { world.reply(to: $0) }
        #expect(Self.outcomes(lines).count == 10)
        #expect(Self.outcomes(lines).allSatisfy { $0["edge"]?.numberText == "50" })
        #expect(enricher.sent.count { $0.route == .dataV2Resolutions } == 1)
        // All trades are at the same second, so their prices are the same questions.
        #expect(enricher.sent.count { $0.route == .dataV2PriceHistory } == 3)
    }

    @Test func aTradeThatWasGradedBeforeKeepsItsPrices() throws {
        var enricher = Self.enricher(.only)
        enricher.now = enricher.now.advanced(by: .seconds(3 * 86_400))
        var world = World()
        world.status = "resolved"
        _ = enricher.receive(
            #"{"kind":"outcome","trade_id":"1","time":"2026-11-22T09:59:59.000Z","#
                + #""as_of":"2026-11-22T11:10:00.000Z","asset_id":"7","side":"BUY","price":0.5,"size":20000,"#
                + #""price_5m":0.51,"price_1h":0.52}"#)
        _ = enricher.receive(Self.trade())
        let outcome = try #require(Self.outcomes(enricher.run { world.reply(to: $0) }).first)
        #expect(
            ["price_5m", "price_1h", "price_24h"].map { outcome[$0]?.numberText } == ["0.51", "0.52", "0.6"])
        #expect(enricher.sent.count { $0.route == .dataV2PriceHistory } == 1)
    }

    @Test(arguments: [
        ("resolved", "[0,1000000]", "0"), ("disputed", "[]", nil), ("resolved", "[500000,500000]", "0.5"),
    ])
    func aDisputeReplacesTheSettlement(_ status: String, _ payouts: String, _ settlement: String?) throws {
        var enricher = Self.enricher(.only)
        enricher.now = enricher.now.advanced(by: .seconds(3 * 86_400))
        _ = enricher.receive(
            #"{"kind":"outcome","trade_id":"1","time":"2026-11-22T09:59:59.000Z","#
                + #""as_of":"2026-11-24T00:00:00.000Z","asset_id":"7","side":"BUY","price":0.5,"size":20000,"#
                + #""price_5m":0.6,"price_1h":0.6,"price_24h":0.6,"settlement":1,"edge":50,"#
                + #""resolved_at":"2026-11-23T22:00:00.000Z"}"#)
        _ = enricher.receive(Self.trade())
        var world = World()
        (world.status, world.payouts) = (status, payouts)
        let outcome = try #require(Self.outcomes(enricher.run { world.reply(to: $0) }).first)
        #expect(outcome["settlement"]?.numberText == settlement)
        #expect((outcome["resolved_at"] == nil) == (settlement == nil))
    }

    @Test func anUnchangedOutcomeIsNotEmittedAgain() throws {
        var world = World()
        world.status = "resolved"
        var first = Self.enricher(.only)
        first.now = first.now.advanced(by: .seconds(3 * 86_400))
        _ = first.receive(Self.trade())
        let outcome = try #require(first.run { world.reply(to: $0) }.first { $0.kind == "outcome" })
        var second = Self.enricher(.only)
        second.now = second.now.advanced(by: .seconds(4 * 86_400))
        var writer = JSONWriter()
        writer.object { record in
            guard case .object(let members) = outcome else { return }
            for (name, value) in members {
                record.key(name)
                if let text = value.string { record.string(text) } else { record.raw(value.numberText!.utf8) }
            }
        }
        _ = second.receive(String(decoding: writer.bytes, as: UTF8.self))
        _ = second.receive(Self.trade())
        #expect(Self.outcomes(second.run { world.reply(to: $0) }).isEmpty)
    }

    @Test func aFailureIsAskedAgainLater() {
        var enricher = Self.enricher(.all)
        var world = World()
        _ = enricher.receive(Self.trade())
        _ = enricher.run { world.reply(to: $0) }
        _ = enricher.advance(by: .seconds(600))
        world.isDown = true
        for _ in 0..<10 {
            #expect(Self.outcomes(enricher.run { world.reply(to: $0) }).isEmpty)
            _ = enricher.advance(by: .seconds(30))
        }
        world.isDown = false
        var lines: [JSON] = []
        for _ in 0..<30 {
            lines += enricher.advance(by: .seconds(60))
            lines += enricher.run { world.reply(to: $0) }
        }
        #expect(Self.outcomes(lines).map { $0["price_5m"]?.numberText } == ["0.6"])
    }

    @Test func onlyTradesThatCauseAlertsAreFollowedUnlessAllAre() {
        for (mode, count) in [(GradingMode.none, 0), (.alerts, 1), (.all, 2)] {
            var enricher = Self.enricher(mode)
            let world = World()
            _ = enricher.receive(Self.trade(1))
            _ = enricher.receive(Self.trade(2).replacing(#","tier":"WHALE""#, with: ""))
            _ = enricher.run { world.reply(to: $0) }
            _ = enricher.advance(by: .seconds(420))
            #expect(Self.outcomes(enricher.run { world.reply(to: $0) }).count == count, "\(mode)")
        }
    }

    @Test(arguments: [
        (#","extra":{"fee":150.5}"#, "150.5"), (#","role":"maker""#, "0"),
        (#","feed":"activity","via":"live""#, "0"),
        (#","role":"taker","via":"backfill","market":{"fee_rate":0.05}"#, "250"),
        (#","role":"taker","via":"backfill","market":{"fee_rate":0}"#, "0"),
        (#","role":"taker","via":"backfill""#, nil),
    ])
    func theFeeIsThatOfTheFeedOrOfTheSchedule(_ members: String, _ fee: String?) throws {
        var enricher = Self.enricher(.only)
        enricher.now = enricher.now.advanced(by: .seconds(600))
        let world = World()
        _ = enricher.receive(Self.trade(extra: members))
        let outcome = try #require(Self.outcomes(enricher.run { world.reply(to: $0) }).first)
        #expect(outcome["fee"]?.numberText == fee)
    }
}
