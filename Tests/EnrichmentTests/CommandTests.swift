import Foundation
import PMJSON
import PMRecord
import Synchronization
import TestSupport
import Testing

/// The program with real pipes and a real server.
struct CommandTests {
    @Test func enrichesOverHTTP() throws {
        let server = HTTPStub { polymarketAnswer(to: $0.target) }
        defer { server.stop() }
        let stage = try run(
            ["--concurrency", "4"], on: server.url(), input: trade(1) + trade(2) + Sample.mark(2) + "\n")
        #expect(try stage.wait() == .status(0))
        let lines = try lines(stage).filter { $0.kind != "leaderboard" }
        #expect(lines.map(\.kind) == ["trade", "trade", "trade", "trade", "mark"])
        #expect(lines.map(\.state) == ["pending", "pending", "enriched", "enriched", nil])
        #expect(lines[3]["market"]?["question"]?.string == "Will it?")
        #expect(lines[3]["profile"]?["total_profit"]?.numberText == "7")
        #expect(lines[3]["impact"]?["best_price"]?.numberText == "0.5")
        #expect(server.targets.count { !$0.contains("/leaderboard") } == 9)
    }

    @Test func withoutANetworkEveryRecordPasses() throws {
        let input = trade(1) + "not JSON\n" + Sample.mark(2) + "\n" + #"{"kind":"novel"}"# + "\n"
        let stage = try run([], on: "http://127.0.0.1:9", input: input)
        #expect(try stage.wait() == .status(0))
        let lines = try lines(stage)
        #expect(lines.map(\.kind) == ["trade", "novel", "trade", "mark"])
        #expect(lines[2].state == "failed")
        #expect(lines[2].reason?.contains("market: unable to connect") == true)
        #expect(stage.errors.contains("1 line rejected"))
    }

    @Test func strictMakesARejectFail() throws {
        let directory = try TemporaryDirectory()
        let stage = try run(
            ["--strict", "--rejects", directory.file("r")], on: "http://127.0.0.1:9", input: "{\n")
        #expect(try stage.wait() == .status(65))
        #expect(try directory.read("r").contains(#""text":"{""#))
    }

    @Test(
        arguments: [
            (["--gamma-url", "https:///x"], "--gamma-url"),
            (["--data-url", "http://me:word@host"], "--data-url"),
            (["--deadline", "30"], "--deadline"),
            (
                ["--record-http", "a", "--replay-http", "b"],
                "--record-http and --replay-http cannot be combined"
            ),
        ])
    func anInvalidOptionIsNamed(options: [String], name: String) throws {
        let stage = try ChildProcess(Executables.path("pm-enrich"), options)
        #expect(try stage.wait() == .status(64))
        #expect(stage.errors.contains(name))
    }

    @Test func theCommandLineOverridesTheCassetteOfTheEnvironment() throws {
        let directory = try TemporaryDirectory()
        let stage = try ChildProcess(
            Executables.path("pm-enrich"), ["--record-http", directory.file("new")],
            environment: ["PM_ENRICH_REPLAY_HTTP": directory.file("nothing")])
        #expect(try stage.wait() == .status(0))
        #expect(try directory.read("new/http.ndjson").isEmpty)
    }

    @Test func aSlowServiceDelaysATradeUntilItsDeadlineAtMost() throws {
        let server = HTTPStub { request in
            var answer = polymarketAnswer(to: request.target)
            if request.target.hasPrefix("/v2/positions") { answer.steps.insert(.pause(.seconds(20)), at: 0) }
            return answer
        }
        defer { server.stop() }
        let stage = try run(["--deadline", "3s"], on: server.url(), input: trade(1))
        #expect(try stage.wait() == .status(0))
        #expect(
            server.targets.count { $0.hasPrefix("/v2/positions") } == 2, "a second attempt would be too late")
        #expect(try lines(stage).compactMap(\.state) == ["pending", "partial"])
    }

    @Test func aPendingLineIsEmittedBeforeAnyAnswer() throws {
        let mayAnswer = Mutex(false)
        let server = HTTPStub { request in
            _ = eventually { mayAnswer.withLock { $0 } }
            return polymarketAnswer(to: request.target)
        }
        defer { server.stop() }
        let stage = try run([], on: server.url(), input: .pipe, output: .pipe)
        try stage.write(trade(1))
        let pending = try JSON(try #require(try stage.line()))
        #expect(pending.state == "pending")
        mayAnswer.withLock { $0 = true }
        var state: String?
        while state == nil, let line = try stage.line() { state = try JSON(line).state }
        #expect(state == "enriched")
        stage.closeInput()
        #expect(try stage.wait() == .status(0))
    }

    /// The body is complete or incomplete.
    @Test(arguments: [0, 10]) func aRefusalIsHonoured(missing: Int) throws {
        let refused = Mutex(false)
        let server = HTTPStub { request in
            let isFirst =
                request.target.hasPrefix("/markets/keyset")
                && refused.withLock { wasRefused in
                    defer { wasRefused = true }
                    return !wasRefused
                }
            return isFirst
                ? .reply(429, headers: [("Retry-After", "1")], missing: missing)
                : polymarketAnswer(to: request.target)
        }
        defer { server.stop() }
        let start = ContinuousClock.now
        let stage = try run([], on: server.url(), input: trade(1))
        #expect(try stage.wait() == .status(0))
        #expect(start.duration(to: .now) > .seconds(1))
        #expect(try lines(stage).compactMap(\.state) == ["pending", "enriched"])
    }

    @Test func anUnavailableServiceIsLoggedOnce() throws {
        let server = HTTPStub { request in
            request.target.hasPrefix("/public-profile")
                ? .reply(502) : polymarketAnswer(to: request.target)
        }
        defer { server.stop() }
        let input = (1...12).map {
            Sample.trade($0, wallet: "0x\($0)", receivedAt: Timestamp.now().description) + "\n"
        }
        let stage = try run(["--concurrency", "4"], on: server.url(), input: input.joined())
        #expect(try stage.wait() == .status(0))
        let messages = stage.errors.split(separator: "\n").filter { $0.contains("gamma is") }
        #expect(
            messages == ["pm-enrich: warning: gamma is unavailable: HTTP 502; trades continue without it"])
    }

    @Test func aSecondSignalEndsItWhileItsOutputIsBlocked() throws {
        let stage = try run([], on: "http://127.0.0.1:9", input: .pipe, output: .pipe)
        let padding = String(repeating: "x", count: 4000)
        try stage.clog { trade($0, padding) }
        stage.kill(SIGTERM)
        #expect(eventually { !stage.hasPendingSignal })
        #expect(stage.isRunning)
        stage.kill(SIGINT)
        #expect(try stage.wait() == .status(75))
    }

    @Test func aClosedOutputPipeIsNoError() throws {
        let stage = try run([], on: "http://127.0.0.1:9", input: .pipe, output: .pipe)
        stage.closeOutput()
        try stage.write(trade(1))
        #expect(try stage.wait() == .status(0))
        #expect(stage.errors == "")
    }

    @Test func aSlowReaderStopsOnlyTheReadingOfInput() throws {
        let server = HTTPStub { polymarketAnswer(to: $0.target) }
        defer { server.stop() }
        let padding = String(repeating: "x", count: 4000)
        let stage = try run([], on: server.url(), input: .pipe, output: .pipe)
        let feeder = Thread {
            for id in 1...2000 { try? stage.write(trade(id, padding)) }
            stage.closeInput()
        }
        feeder.start()
        #expect(eventually { server.targets.count >= 5 }, "requests are sent although no line was read")
        #expect(!feeder.isFinished)
        var count = 0
        while try stage.line() != nil { count += 1 }
        #expect(count >= 2001)
        #expect(try stage.wait() == .status(0))
    }

    @Test func theStatusFileHasTheStagesFigures() throws {
        let server = HTTPStub { polymarketAnswer(to: $0.target) }
        defer { server.stop() }
        let directory = try TemporaryDirectory()
        let stage = try run(["--status-dir", directory.path], on: server.url(), input: trade(1) + trade(2))
        #expect(try stage.wait() == .status(0))
        let status = try JSON(try directory.read("pm-enrich.json"))
        #expect(status["lines_in"]?.integer == 2 && status["lines_out"]?.integer ?? 0 >= 4)
        #expect(status["enriched"]?.integer == 2)
        #expect(status["cache_misses"]?.integer == 6)
        #expect(status["requests"]?["data"]?.integer ?? 0 >= 3)
    }

    /// Lines in + amended = out + dropped + rejected + held, at any time.
    @Test(arguments: [[], ["--final-only"]])
    func theFiguresOfARunningStageAddUp(options: [String]) throws {
        let mayAnswer = Mutex(false)
        let server = HTTPStub { request in
            if request.target.contains("user=0xslow") { _ = eventually { mayAnswer.withLock { $0 } } }
            return polymarketAnswer(to: request.target)
        }
        defer { server.stop() }
        let directory = try TemporaryDirectory()
        let stage = try run(
            ["--status-dir", directory.path] + options, on: server.url(), input: .pipe, output: .captured)
        let slow = Sample.trade(3, wallet: "0xslow", receivedAt: Timestamp.now().description) + "\n"
        try stage.write(trade(1) + trade(2) + "no JSON\n" + slow + Sample.mark(3) + "\n")
        func figures() -> [String: Int]? {
            guard let status = try? JSON(directory.read("pm-enrich.json")) else { return nil }
            let names = ["lines_in", "amended", "lines_out", "rejected", "held", "enriched"]
            return Dictionary(uniqueKeysWithValues: names.map { ($0, status[$0]?.integer ?? -1) })
        }
        func addsUp(_ figures: [String: Int]) -> Bool {
            figures["lines_in"]! + figures["amended"]!
                == figures["lines_out"]! + figures["rejected"]! + figures["held"]!
        }
        #expect(eventually { figures()?["enriched"] == 2 })
        let running = try #require(figures())
        #expect(addsUp(running) && running["lines_in"] == 5 && running["held"]! > 0, "\(running)")
        #expect(running["amended"]! > 0 || !options.isEmpty)
        mayAnswer.withLock { $0 = true }
        stage.closeInput()
        #expect(try stage.wait() == .status(0))
        let ended = try #require(figures())
        #expect(addsUp(ended) && ended["held"] == 0, "\(ended)")
    }

    @Test func aSecondSignalEndsIt() throws {
        let stage = try run([], on: "http://127.0.0.1:9", input: .pipe)
        try stage.write(Sample.mark(1) + "\n")
        #expect(eventually { !stage.output.isEmpty })
        stage.kill(SIGTERM)
        // It still works after the first signal.
        try stage.write(Sample.mark(2) + "\n")
        #expect(eventually { stage.output.split(separator: "\n").count == 2 })
        stage.kill(SIGINT)
        #expect(try stage.wait() == .status(75))
    }

    private func run(
        _ options: [String], on url: String, input: ChildProcess.Input,
        output: ChildProcess.Output = .captured
    ) throws -> ChildProcess {
        try ChildProcess(
            try Executables.path("pm-enrich"),
            ["--gamma-url", url, "--data-url", url, "--clob-url", url] + options, input: input, output: output
        )
    }

    private func run(_ options: [String], on url: String, input: String) throws -> ChildProcess {
        try run(options, on: url, input: .text(input))
    }

    private func lines(_ stage: ChildProcess) throws -> [JSON] {
        try stage.output.split(separator: "\n").map { try JSON(String($0)) }
    }
}

/// Returns a trade that was received now.
private func trade(_ id: Int, _ padding: String = "") -> String {
    Sample.trade(id, receivedAt: Timestamp.now().description, extra: #","padding":"\#(padding)""#) + "\n"
}
