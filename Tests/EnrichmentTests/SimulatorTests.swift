import Foundation
import PMJSON
import PMRecord
import TestSupport
import Testing

/// The program against the simulated exchange, whose wallets are known.
struct SimulatorTests {
    @Test func profilesMatchTheSimulatedWallets() throws {
        let exchange = try SimulatedExchange(scenario: #"{"wallets":60,"paused":true}"#)
        let wallets = try #require(try exchange.json("/control/wallets").array)
        let stage = try run(
            on: exchange, ["--final-only"], input: .text(wallets.enumerated().map(trade).joined()))
        #expect(try stage.wait() == .status(0))
        var profiles: [String: JSON] = [:]
        for line in stage.output.split(separator: "\n") {
            let record = try JSON(String(line))
            guard let wallet = record["wallet"]?.string, record.kind == "trade" else { continue }
            profiles[wallet] = record["profile"]
        }
        #expect(profiles.count == wallets.count)
        for wallet in wallets where wallet["decided"]?.integer != 0 {
            let profile = try #require(profiles[wallet["address"]?.string ?? ""])
            // A plain wallet has no position in an archived market and none below the service's minimum.
            if wallet["profit"]?.double == wallet["full_profit"]?.double {
                #expect(profile["total_profit"]?.double == wallet["profit"]?.double)
                #expect(profile["positions"]?.integer == wallet["decided"]?.integer)
                #expect(profile["winners"]?.integer == wallet["decided_winners"]?.integer)
            }
            #expect(profile["trades"]?.integer == min(100, wallet["trades"]?.integer ?? 0))
            let value = try #require(profile["portfolio_value"]?.double)
            #expect(abs(value - (wallet["value"]?.double ?? 0)) < 0.001)
            #expect(profile["account_created_at"]?.string == wallet["created"]?.string)
        }
        let labels = wallets.filter { $0["character"]?.string == "whale" }.map {
            profiles[$0["address"]?.string ?? ""]?["label"]?.string
        }
        #expect(labels.allSatisfy { $0 == "Smart Whale" })
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
