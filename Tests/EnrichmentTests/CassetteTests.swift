import Foundation
import PMFlow
import PMJSON
import PMRecord
import TestSupport
import Testing

/// The program records answers in one run and replays them in another.
struct CassetteTests {
    @Test func aFullDiskEndsOnlyTheRecording() throws {
        let server = HTTPStub { polymarketAnswer(to: $0.target) }
        defer { server.stop() }
        let directory = try TemporaryDirectory()
        symlink("/dev/full", directory.path + "/http.ndjson")
        let input = (1...3).map {
            Sample.trade($0, wallet: "0x\($0)", receivedAt: Timestamp.now().description) + "\n"
        }
        let stage = try run(["--record-http", directory.path], on: server.url(), input.joined())
        #expect(try stage.wait() == .status(0))
        #expect(stage.output.split(separator: "\n").count >= 6)
        let messages = stage.errors.split(separator: "\n").filter { $0.contains("no longer recorded") }
        #expect(messages.count == 1, "\(stage.errors)")
    }

    @Test func aReplayEmitsTheSameBytesEveryTime() throws {
        let server = HTTPStub { polymarketAnswer(to: $0.target) }
        defer { server.stop() }
        let directory = try TemporaryDirectory()
        let start = Timestamp.now().advanced(by: .seconds(-60))
        let input = (1...40).map { id in
            let time = start.advanced(by: .seconds(id)).description
            return Sample.trade(id, wallet: "0x\(id % 7)", receivedAt: time) + "\n" + Sample.mark(id) + "\n"
        }.joined()
        let live = try run(["--record-http", directory.path], on: server.url(), input)
        #expect(try live.wait() == .status(0))
        let requests = server.targets.count
        let outputs = try (1...3).map { _ in
            let replay = try run(["--replay-http", directory.path], on: "http://127.0.0.1:9", input)
            #expect(try replay.wait() == .status(0))
            return replay.output
        }
        #expect(server.targets.count == requests)
        #expect(outputs[0] == outputs[1] && outputs[1] == outputs[2])
        let lines = try outputs[0].split(separator: "\n").map { try JSON(String($0)) }
        #expect(Set(lines.filter { $0.kind == "trade" }.compactMap { $0["id"]?.string }).count == 40)
        #expect(lines.contains { $0.state == "enriched" })
        // The records' clock, as far behind as it was in the recorded run.
        let asOf = lines.compactMap { $0["profile"]?["as_of"]?.string }.compactMap { Timestamp($0) }
        #expect(!asOf.isEmpty && asOf.allSatisfy { start.advanced(by: .seconds(59)) < $0 })
        #expect(asOf.allSatisfy { $0 < Timestamp.now().advanced(by: .seconds(50)) })
        #expect(asOf.min()!.duration(to: asOf.max()!) >= .seconds(5), "seven wallets, one second apart")
    }

    /// The trades of yesterday are too old for an order book in both runs.
    @Test func aReplayRequestsNoBookOfAnOldTrade() throws {
        let server = HTTPStub { polymarketAnswer(to: $0.target) }
        defer { server.stop() }
        let directory = try TemporaryDirectory()
        let start = Timestamp.now().advanced(by: .seconds(-86_000))
        let input = (1...10).map { id in
            Sample.trade(id, receivedAt: start.advanced(by: .seconds(id)).description) + "\n"
        }.joined()
        let live = try run(["--record-http", directory.path], on: server.url(), input)
        #expect(try live.wait() == .status(0))
        let replay = try run(["--replay-http", directory.path], on: "http://127.0.0.1:9", input)
        #expect(try replay.wait() == .status(0))
        #expect(!replay.errors.contains("no answer"))
        for stage in [live, replay] {
            let states = try stage.output.split(separator: "\n").map { try JSON(String($0)).state }
            #expect(states.count { $0 == "enriched" } == 10)
        }
    }

    @Test func aRequestThatTheCassetteLacksIsLogged() throws {
        let directory = try TemporaryDirectory()
        try directory.write("", to: "http.ndjson")
        let replay = try run(
            ["--replay-http", directory.path], on: "http://127.0.0.1:9", Sample.trade(1) + "\n")
        #expect(try replay.wait() == .status(0))
        #expect(replay.errors.contains("the cassette has no answer to data /v2/positions?user=0xaa"))
        #expect(replay.output.contains(#""enrichment":"failed""#))
    }

    @Test(arguments: [nil, "not a cassette\n"])
    func anInvalidCassetteIsAConfigurationError(content: String?) throws {
        let directory = try TemporaryDirectory()
        if let content { try directory.write(content, to: "http.ndjson") }
        let replay = try run(["--replay-http", directory.path], on: "http://127.0.0.1:9", "")
        #expect(try replay.wait() == .status(78))
    }

    @Test func learnedLimitsAreStored() throws {
        let server = HTTPStub { polymarketAnswer(to: $0.target) }
        defer { server.stop() }
        let directory = try TemporaryDirectory()
        let stage = try run(["--state", directory.path], on: server.url(), Sample.trade(1) + "\n")
        #expect(try stage.wait() == .status(0))
        // One file for each host: a simulator's limits say nothing about the exchange's.
        let file = "gamma-markets-keyset@127.0.0.1:\(server.port).limit"
        var limiter = SharedLimiter(in: LimiterFile(directory.file(file)), at: .now)
        _ = limiter.wait(at: .now)
        #expect(limiter.estimate == AdaptiveLimiter.Estimate(quota: 270, limit: 270))
    }

    private func run(_ options: [String], on url: String, _ input: String) throws -> ChildProcess {
        try ChildProcess(
            try Executables.path("pm-enrich"),
            ["--gamma-url", url, "--data-url", url, "--clob-url", url] + options, input: .text(input))
    }
}
