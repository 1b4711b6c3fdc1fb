import Foundation
import TestSupport
import Testing

/// Recordings of the real services: the emitted trades are compared with the rows as Foundation reads them.
struct SampleTests {
    @Test(.needsSample("rtds_activity_trades.jsonl"))
    func emitsTheTradesOfRTDS() throws {
        let (frames, trades) = try replay("rtds_activity_trades.jsonl")
        #expect(trades.count == 7)
        #expect(trades.first?["id"] as? String == "f663e225391dda577123f421285a1be9")
        for (frame, trade) in zip(frames, trades) {
            try compare(try #require(frame["payload"] as? [String: Any]), with: trade)
            #expect(trade["feed"] as? String == "activity")
        }
    }

    @Test(
        .needsSample("data_api.trades.jsonl"),
        arguments: [
            "data_api.trades.jsonl", "data_api.trades_mint_match.jsonl", "replay_data_api_trades.2000.jsonl",
        ])
    func emitsTheRowsOfTheDataAPI(name: String) throws {
        let (rows, trades) = try replay(name)
        #expect(rows.count == trades.count)
        #expect(
            Set(trades.compactMap { $0["id"] as? String }).count == rows.count,
            "every row is a trade of its own")
        for (row, trade) in zip(rows, trades) { try compare(row, with: trade) }
    }

    @Test(
        .needsSample("data_api.activity_all.jsonl"),
        arguments: [
            "data_api.activity_all.jsonl", "data_api.activity_trades.jsonl",
        ])
    func emitsTheTradesOfAWalletsActivity(name: String) throws {
        let (rows, trades) = try replay(name)
        let expected = rows.filter { $0["type"] as? String == "TRADE" }
        #expect(trades.count == expected.count)
        for (row, trade) in zip(expected, trades) { try compare(row, with: trade) }
    }

    @Test(
        .needsSample("clob_ws_market.jsonl"),
        arguments: [
            "clob_ws_market.jsonl", "clob_ws_market.all_types.jsonl",
        ])
    func emitsTheTradesOfTheMarketChannel(name: String) throws {
        let (messages, trades) = try replay(name)
        let expected = messages.filter { $0["event_type"] as? String == "last_trade_price" }
        #expect(!expected.isEmpty && trades.count == expected.count)
        for (event, trade) in zip(expected, trades) {
            #expect(trade["feed"] as? String == "market" && trade["wallet"] == nil)
            #expect(trade["asset_id"] as? String == event["asset_id"] as? String)
            #expect(trade["condition_id"] as? String == event["market"] as? String)
            #expect(trade["side"] as? String == event["side"] as? String)
            #expect(decimal(trade["price"]) == decimal(event["price"]))
            #expect(decimal(trade["size"]) == decimal(event["size"]))
            #expect(milliseconds(trade["time"]) == decimal(event["timestamp"]))
        }
    }

    private func replay(_ name: String) throws -> (rows: [[String: Any]], trades: [[String: Any]]) {
        let path = try #require(SharedSamples.path(name))
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let rows = text.split(separator: "\n").flatMap { line -> [[String: Any]] in
            let value = try? JSONSerialization.jsonObject(with: Data(line.utf8))
            return value as? [[String: Any]] ?? (value as? [String: Any]).map { [$0] } ?? []
        }
        let child = try Ingest.start("--replay", path)
        #expect(try child.wait() == .status(0))
        #expect(child.errors.isEmpty)
        return (rows, child.records)
    }

    private func compare(_ row: [String: Any], with trade: [String: Any]) throws {
        let texts = [
            ("asset", "asset_id"), ("outcome", "outcome"), ("title", "title"), ("slug", "slug"),
            ("eventSlug", "event_slug"), ("icon", "icon"), ("name", "name"), ("pseudonym", "pseudonym"),
            ("side", "side"),
        ]
        for (theirs, ours) in texts {
            #expect(row[theirs] as? String ?? "" == trade[ours] as? String ?? "", "\(ours)")
            #expect(trade[ours] as? String != "", "absent, never empty")
        }
        for (theirs, ours) in [
            ("conditionId", "condition_id"), ("transactionHash", "tx_hash"), ("proxyWallet", "wallet"),
        ] {
            #expect((row[theirs] as? String)?.lowercased() == trade[ours] as? String, "\(ours)")
        }
        #expect(decimal(row["price"]) == decimal(trade["price"]))
        #expect(decimal(row["size"]) == decimal(trade["size"]))
        var value = decimal(row["price"]) * decimal(row["size"])
        var rounded = Decimal()
        NSDecimalRound(&rounded, &value, 6, .bankers)
        #expect(decimal(trade["value"]) == rounded)
        #expect(milliseconds(trade["time"]) == decimal(row["timestamp"]) * 1000)
        #expect((0..<40).contains { independentID(of: trade, occurrence: $0) == trade["id"] as? String })
        if let index = row["outcomeIndex"] as? Int {
            #expect(trade["outcome_index"] as? Int == (index == 999 ? nil : index))
        }
        let extra = trade["extra"] as? [String: Any] ?? [:]
        #expect(!extra.keys.contains { $0 == "bio" || $0.lowercased().contains("image") })
        #expect(extra["fee"] as? NSNumber == row["fee"] as? NSNumber)
    }

    private func decimal(_ value: Any?) -> Decimal {
        if let text = value as? String { return Decimal(string: text) ?? .nan }
        return (value as? NSNumber).flatMap(exact) ?? .nan
    }

    private func milliseconds(_ value: Any?) -> Decimal {
        let format = ISO8601DateFormatter()
        format.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        guard let text = value as? String, let date = format.date(from: text) else { return .nan }
        return Decimal(Int64((date.timeIntervalSince1970 * 1000).rounded()))
    }
}
