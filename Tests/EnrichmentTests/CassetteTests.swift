import Foundation
import PMFlow
import PMJSON
import PMRecord
import TestSupport
import Testing

/// Answers kept in one run and given in another, by the program itself.
struct CassetteTests {
    @Test func aFullDiskEndsTheRecordingAlone() throws {
        let server = TinyServer { TinyServer.everything($0) }
        defer { server.stop() }
        let directory = try TemporaryDirectory()
        symlink("/dev/full", directory.path + "/http.ndjson")
        let input = (1...3).map {
            Desk.trade($0, wallet: "0x\($0)", receivedAt: Timestamp.now().description) + "\n"
        }
        let stage = try run(["--record-http", directory.path], on: server.url, input.joined())
        #expect(try stage.wait() == .status(0))
        #expect(stage.output.split(separator: "\n").count >= 6)
        let told = stage.errors.split(separator: "\n").filter { $0.contains("no longer kept") }
        #expect(told.count == 1, "\(stage.errors)")
    }

    @Test func aReplayGivesTheSameBytesEveryTime() throws {
        let server = TinyServer { TinyServer.everything($0) }
        defer { server.stop() }
        let directory = try TemporaryDirectory()
        let start = Timestamp.now().advanced(by: .seconds(-60))
        let input = (1...40).map { id in
            let time = start.advanced(by: .seconds(id)).description
            return Desk.trade(id, wallet: "0x\(id % 7)", receivedAt: time) + "\n" + Desk.mark(id) + "\n"
        }.joined()
        let live = try run(["--record-http", directory.path], on: server.url, input)
        #expect(try live.wait() == .status(0))
        let asked = server.targets.count
        let outputs = try (1...3).map { _ in
            let replay = try run(["--replay-http", directory.path], on: "http://127.0.0.1:9", input)
            #expect(try replay.wait() == .status(0))
            return replay.output
        }
        #expect(server.targets.count == asked)
        #expect(outputs[0] == outputs[1] && outputs[1] == outputs[2])
        let lines = try outputs[0].split(separator: "\n").map { try JSON(String($0)) }
        #expect(Set(lines.filter { $0.kind == "trade" }.compactMap { $0["id"]?.string }).count == 40)
        #expect(lines.contains { $0.state == "enriched" })
        // The records' own clock, as late as it was when the first of them was asked about.
        let asOf = lines.compactMap { $0["profile"]?["as_of"]?.string }.compactMap { Timestamp($0) }
        #expect(!asOf.isEmpty && asOf.allSatisfy { start.advanced(by: .seconds(59)) < $0 })
        #expect(asOf.allSatisfy { $0 < Timestamp.now().advanced(by: .seconds(50)) })
        #expect(asOf.min()!.duration(to: asOf.max()!) >= .seconds(5), "of seven wallets, a second apart")
    }

    /// Of a recording of yesterday no order book is asked for, in a replay as little as before.
    @Test func whatWasTooLateToAskIsNotAskedInAReplay() throws {
        let server = TinyServer { TinyServer.everything($0) }
        defer { server.stop() }
        let directory = try TemporaryDirectory()
        let start = Timestamp.now().advanced(by: .seconds(-86_000))
        let input = (1...10).map { id in
            Desk.trade(id, receivedAt: start.advanced(by: .seconds(id)).description) + "\n"
        }.joined()
        let live = try run(["--record-http", directory.path], on: server.url, input)
        #expect(try live.wait() == .status(0))
        let replay = try run(["--replay-http", directory.path], on: "http://127.0.0.1:9", input)
        #expect(try replay.wait() == .status(0))
        #expect(replay.errors == "")
        for stage in [live, replay] {
            let states = try stage.output.split(separator: "\n").map { try JSON(String($0)).state }
            #expect(states.count { $0 == "enriched" } == 10)
        }
    }

    @Test func aRequestThatIsNotThereIsNamed() throws {
        let directory = try TemporaryDirectory()
        try directory.write("", to: "http.ndjson")
        let replay = try run(
            ["--replay-http", directory.path], on: "http://127.0.0.1:9", Desk.trade(1) + "\n")
        #expect(try replay.wait() == .status(0))
        #expect(replay.errors.contains("the cassette has no answer to data /positions?user=0xaa"))
        #expect(replay.output.contains(#""enrichment":"failed""#))
    }

    @Test(arguments: [nil, "not a cassette\n"])
    func whatIsNoCassetteIsAConfigurationError(content: String?) throws {
        let directory = try TemporaryDirectory()
        if let content { try directory.write(content, to: "http.ndjson") }
        let replay = try run(["--replay-http", directory.path], on: "http://127.0.0.1:9", "")
        #expect(try replay.wait() == .status(78))
    }

    @Test func whatIsLearnedOfLimitsIsKept() throws {
        let server = TinyServer { TinyServer.everything($0) }
        defer { server.stop() }
        let directory = try TemporaryDirectory()
        let stage = try run(["--state", directory.path], on: server.url, Desk.trade(1) + "\n")
        #expect(try stage.wait() == .status(0))
        // Each service's own: what is learned of a simulator is nothing that is known of the exchange.
        let file = "gamma-markets@127.0.0.1:\(server.port).limit"
        var ledger = SharedLimiter(in: LimiterFile(directory.file(file)), at: .now)
        _ = ledger.wait(at: .now)
        #expect(ledger.memory == AdaptiveLimiter.Memory(quota: 270, limit: 270))
    }

    private func run(_ options: [String], on url: String, _ input: String) throws -> ChildProcess {
        try ChildProcess(
            try Executables.path("pm-enrich"),
            ["--gamma-url", url, "--data-url", url, "--clob-url", url] + options, input: .text(input))
    }
}
