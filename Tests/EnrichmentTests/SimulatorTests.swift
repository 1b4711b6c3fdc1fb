import Foundation
import PMJSON
import PMRecord
import TestSupport
import Testing

/// The program against the simulated exchange, whose wallets are known.
struct SimulatorTests {
    /// The versions of the Data API that the exchange serves.
    struct Served: CustomTestStringConvertible, Sendable {
        let v1: String
        let v2: String
        var testDescription: String { "version 1: \(v1), version 2: \(v2)" }
    }

    @Test(
        arguments: [
            Served(v1: "serve", v2: "serve"), Served(v1: "410", v2: "serve"), Served(v1: "serve", v2: "410"),
        ])
    func profilesMatchTheSimulatedWallets(served: Served) throws {
        let exchange = try SimulatedExchange(
            scenario: #"{"wallets":60,"paused":true,"v1":"\#(served.v1)","v2":"\#(served.v2)"}"#)
        let wallets = try #require(try exchange.json("/control/wallets").array)
        let stage = try run(
            on: exchange, ["--final-only"], input: .text(wallets.enumerated().map(trade).joined()))
        #expect(try stage.wait() == .status(0))
        var trades: [String: JSON] = [:]
        for line in stage.output.split(separator: "\n") {
            let record = try JSON(String(line))
            guard let wallet = record["wallet"]?.string, record.kind == "trade" else { continue }
            trades[wallet] = record
        }
        #expect(trades.count == wallets.count)
        for wallet in wallets {
            let trade = try #require(trades[wallet["address"]?.string ?? ""])
            try expect(try #require(trade["profile"]), toBeOf: wallet, readFromV1: served.v2 != "serve")
            #expect(tags(of: trade) == expectedTags(of: wallet), "\(wallet["character"]?.string ?? "")")
        }
        let changes = stage.errors.split(separator: "\n").filter { $0.contains("using v1") }
        let resources =
            served.v2 == "serve" ? [] : ["leaderboard", "positions", "trades", "user-stats", "value"]
        #expect(
            changes.compactMap { $0.split(separator: " ").drop { $0 != "API:" }.dropFirst().first }.sorted()
                == resources.map { Substring($0) }, "each change is logged once: \(changes)")
    }

    private func expect(_ profile: JSON, toBeOf wallet: JSON, readFromV1: Bool) throws {
        let hasMore = wallet["profit"]?.double != wallet["full_profit"]?.double
        // Version 1 does not list positions of archived markets.
        if !readFromV1 || !hasMore {
            #expect(profile["total_profit"]?.double == wallet["full_profit"]?.double)
            #expect(profile["positions"]?.integer == wallet["full_decided"]?.integer)
            #expect(profile["winners"]?.integer == wallet["full_decided_winners"]?.integer)
        }
        #expect(profile["truncated"] == nil)
        #expect(profile["trades"]?.integer == min(100, wallet["trades"]?.integer ?? 0))
        let value = try #require(profile["portfolio_value"]?.double)
        #expect(abs(value - (wallet[readFromV1 ? "market_value" : "value"]?.double ?? 0)) < 0.001)
        #expect(profile["account_created_at"]?.string == wallet["created"]?.string)
        guard !readFromV1 else { return }
        #expect(profile["trade_count"]?.integer ?? 0 == wallet["fills"]?.integer)
        let combos = wallet["combo_profit"]?.double ?? 0
        #expect(profile["combo_profit"]?.double == (combos == 0 ? nil : combos))
    }

    private func tags(of trade: JSON) -> [String] {
        (trade["tags"]?.array ?? []).compactMap(\.string).filter { $0 != "WHALE" }
    }

    /// The tags of a trade now, by the rules of docs/POLYMARKET.md; no order book is known.
    private func expectedTags(of wallet: JSON) -> [String] {
        let profit = wallet["full_profit"]?.double ?? 0
        let (decided, won) = (
            wallet["full_decided"]?.integer ?? 0, wallet["full_decided_winners"]?.integer ?? 0
        )
        let fills = wallet["fills"]?.integer ?? 0
        let created = wallet["created"]?.string.flatMap { Timestamp($0) }
        let isYoung = created.map { $0.duration(to: .now()) < .seconds(7 * 86_400) } ?? false
        var tags: [String] = []
        if profit > 50_000, decided >= 20, Double(won) > 0.6 * Double(decided) { tags.append("SMART_MONEY") }
        if fills < 10 || isYoung { tags.append("FRESH_WALLET") }
        if fills < 10, decided > 0, Double(won) > 0.7 * Double(decided), profit > 10_000 {
            tags.append("INSIDER")
        }
        return tags
    }

    @Test func theOwnersOfTradesWithoutWalletsAreFound() throws {
        let exchange = try SimulatedExchange(scenario: #"{"wallets":40,"paused":true}"#)
        let rows = try (0..<5).flatMap { _ in try exchange.trade(#"{"size":4000,"price":0.5,"side":"BUY"}"#) }
        try exchange.resume()
        let takers = rows.filter { $0["size"]?.double == 4000 }
        #expect(takers.count >= 5)
        let old = Timestamp.now().advanced(by: .seconds(-20)).description
        let lines = takers.enumerated().map { id, row in
            let time = Timestamp(feedNumber: Int64(row["timestamp"]?.integer ?? 0))!
            return #"""
                {"kind":"trade","id":"\#(id)","feed":"market","time":"\#(time)","received_at":"\#(old)",\#
                "asset_id":"\#(row["asset"]!.string!)","condition_id":"\#(row["conditionId"]!.string!)",\#
                "tx_hash":"\#(row["transactionHash"]!.string!)","side":"BUY","price":0.5,"size":4000,"value":2000}
                """# + "\n"
        }
        let stage = try run(
            on: exchange, ["--final-only", "--polygon-url", exchange.url("polygon")],
            input: .text(lines.joined()))
        #expect(try stage.wait() == .status(0))
        let found = try stage.output.split(separator: "\n").map { try JSON(String($0)) }.filter {
            $0.kind == "trade"
        }
        #expect(found.count == takers.count)
        for trade in found {
            let row = takers[Int(trade["id"]!.string!)!]
            #expect(trade["wallet"]?.string == row["proxyWallet"]?.string?.lowercased())
            #expect(trade["profile"] != nil)
        }
    }

    @Test func refusalsDelayOnlyTheEnrichment() throws {
        let exchange = try SimulatedExchange(scenario: #"{"wallets":60,"paused":true}"#)
        let wallets = try #require(try exchange.json("/control/wallets").array)
        try exchange.setFaults(
            #"[{"on":"data","do":"status","status":429,"retry_after":1,"until_ms":2000},{"on":"gamma","do":"delay","ms":50}]"#
        )
        let stage = try run(on: exchange, [], input: .pipe, output: .pipe)
        var waits: [Duration] = []
        var states: [String] = []
        for (number, wallet) in wallets.enumerated() {
            let start = ContinuousClock.now
            try stage.write(trade(number, wallet))
            while let line = try stage.line() {
                let record = try JSON(line)
                guard record.kind == "trade" else { continue }
                if record.state != "pending" { states.append(record.state!) }
                if record["id"]?.string == "\(number)", record.revision ?? 0 == 0 { break }
            }
            waits.append(start.duration(to: .now))
        }
        stage.closeInput()
        while let line = try stage.line() {
            if let state = try JSON(line).state { states.append(state) }
        }
        #expect(try stage.wait() == .status(0))
        #expect(states.count == 60)
        #expect(states.allSatisfy { $0 != "failed" && $0 != "skipped" })
        waits.sort()
        #expect(waits[waits.count / 2] < .milliseconds(500), "the services ask for a pause of 1 s")
    }

    /// A small version of `scripts/bench-enrich.sh memory`: every wallet is new.
    @Test func memoryIsBoundedForAnyNumberOfWallets() throws {
        let exchange = try SimulatedExchange(scenario: #"{"wallets":10,"paused":true}"#)
        let directory = try TemporaryDirectory()
        let old = Timestamp.now().advanced(by: .seconds(-3600)).description
        let trades = (1...600).map { Sample.trade($0, wallet: "0x\(1_000_000 + $0)", receivedAt: old) + "\n" }
        let stage = try run(
            on: exchange, ["--final-only", "--status-dir", directory.path, "--concurrency", "64"],
            input: .text(trades.joined()))
        #expect(try stage.wait(within: .seconds(120)) == .status(0))
        let status = try JSON(try directory.read("pm-enrich.json"))
        #expect(status["lines_in"]?.integer == 600 && status["open_trades"]?.integer == 0)
        let resident = status["rss_bytes"]?.integer ?? .max
        #expect(resident < 64 << 20, "\(resident) bytes")
    }

    private func trade(_ number: Int, _ wallet: JSON) -> String {
        Sample.trade(
            number, wallet: wallet["address"]?.string, asset: "1", receivedAt: Timestamp.now().description)
            + "\n"
    }

    private func run(
        on exchange: SimulatedExchange, _ options: [String], input: ChildProcess.Input,
        output: ChildProcess.Output = .captured
    ) throws -> ChildProcess {
        let places = [
            "--gamma-url", exchange.url("gamma"), "--data-url", exchange.url("data"), "--clob-url",
            exchange.url("clob"),
        ]
        return try ChildProcess(
            try Executables.path("pm-enrich"), places + options, input: input, output: output)
    }
}
