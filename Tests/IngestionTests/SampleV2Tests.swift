import Foundation
import Ingestion
import PMRecord
import TestSupport
import Testing

/// Recorded and documented messages of Protocol V2 and of combos. The expectations were read off the samples by hand.
struct SampleV2Tests {
    private static let condition = "0x017089ce3ba22aaa0a4cba8250b8c8e1eb" + String(repeating: "0", count: 30)
    private static let combo = "0x030b98f62eadaee25b8c04abe48fb41d48" + String(repeating: "0", count: 30)

    private func lines(_ name: String) throws -> [String] {
        let path = try #require(SharedSamples.path("v2/\(name)"))
        return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    @Test(.needsSample("v2/rtds.activity.combo.assembled.jsonl")) func aComboOfRTDS() throws {
        let run = try Ingest.replay(try lines("rtds.activity.combo.assembled.jsonl")[0])
        let trade = try #require(run.lines.first)
        #expect(run.lines.count == 1 && run.errors.isEmpty)
        #expect(trade["condition_id"] as? String == Self.combo && trade["market_type"] as? String == "combo")
        #expect(trade["title"] as? String == "A vs B AND C vs D")
        #expect(["slug", "event_slug", "outcome", "outcome_index"].allSatisfy { trade[$0] == nil })
        #expect(
            trade["wallet"] as? String == "0x7c3db723f1d4d8cb9c550095203b686cb11e5c6b"
                && (trade["value"] as? NSNumber)?.stringValue == "14.836068")
    }

    @Test(.needsSample("v2/rtds.frames.assembled.jsonl")) func answersToSubscriptions() throws {
        let decoder = FrameDecoder(via: .live)
        let answers = try lines("rtds.frames.assembled.jsonl").map { parsed($0.utf8) }
            .filter { $0["dir"] as? String == "server" }.compactMap { $0["text"] as? String }
        #expect(answers.count == 4)
        let refusals = answers.map { decoder.decode(frame: $0).compactMap(\.refusal).first }
        #expect(
            refusals[..<2].allSatisfy { $0 == nil },
            "an empty frame is the answer to a subscription and a ping")
        #expect(refusals[2]?.contains("topic: no_such_topic and type: * not found") == true)
        #expect(refusals[3] == "Invalid request body")
    }

    @Test(.needsSample("v2/clob_ws.market_v2.assembled.jsonl")) func theMarketChannelOfProtocolV2() throws {
        let run = try Ingest.replay(try lines("clob_ws.market_v2.assembled.jsonl").joined(separator: "\n"))
        let trade = try #require(run.lines.first)
        #expect(run.lines.count == 1 && run.errors.isEmpty, "a book is no trade")
        #expect(
            trade["condition_id"] as? String == Self.condition && trade["market_type"] as? String == "binary")
        #expect(
            trade["value"] as? Int == 2600 && trade["role"] as? String == "taker" && trade["wallet"] == nil)
        #expect(trade["time"] as? String == "2026-11-03T10:00:00.575Z")
    }

    @Test(.needsSample("v2/clob_ws.market.docs_examples.jsonl")) func eachEventTypeOfTheDocumentation() throws
    {
        let decoder = FrameDecoder(via: .live, feed: .market)
        let messages = try lines("clob_ws.market.docs_examples.jsonl").flatMap { decoder.decode(frame: $0) }
        let trades = messages.compactMap(\.trade)
        #expect(messages.count == 7 && trades.count == 1)
        #expect(trades[0].price == "0.08" && trades[0].size == "219.217767" && trades[0].side == "SELL")
        let news = messages.filter { if case .news = $0 { true } else { false } }
        #expect(news.count == 2, "a new market and a resolved one")
        #expect(messages.allSatisfy { if case .malformed = $0 { false } else { true } })
    }

    /// Somebody reduced these rows: they name no token and no side.
    @Test(.needsSample("replay_rtds_reduced.2096.jsonl")) func rowsWithoutATokenAreRejectedWithAReason()
        throws
    {
        let path = try #require(SharedSamples.path("replay_rtds_reduced.2096.jsonl"))
        let folder = try TemporaryDirectory()
        let child = try Ingest.start("--replay", path, "--rejects", folder.file("rejects"))
        try child.wait()
        #expect(child.output.isEmpty)
        let rejects = try folder.read("rejects").split(separator: "\n")
        #expect(rejects.count == 2096 && rejects.allSatisfy { $0.contains(#""reason":""#) })
    }
}
