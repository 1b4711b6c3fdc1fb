import Foundation
import Glibc
import Gzip
import TestSupport
import Testing

@Suite(.serialized) struct ReplayTests {
    @Test func readsEveryFormat() throws {
        let text = [
            Messages.activity(1), Messages.lastTradePrice(), Messages.row(), Messages.snakeRow(),
            #"{"kind":"frame","received_at":"2026-09-24T18:45:00.125Z","feed":"activity","connection":0,"frame":"PONG"}"#,
            #"{"kind":"unheard_of", "x":1}"#, "[]", "PONG",
        ].joined(separator: "\n")
        let (lines, status, errors) = try Ingest.replay(text)
        #expect(status == .status(0) && errors.isEmpty)
        #expect(lines.count == 5)
        #expect(lines.prefix(4).allSatisfy { $0["via"] as? String == "replay" })
        #expect(
            lines.compactMap { $0["seq"] as? Int } == [1, 2, 3, 4], "records of other kinds are not changed")
        #expect(!lines.contains { $0["kind"] as? String == "mark" })
    }

    @Test func badLinesAreRejectedWithAReason() throws {
        let folder = try TemporaryDirectory()
        let text = [
            Messages.activity(1), "{", "nonsense", Messages.activity(2),
            String(repeating: "x", count: 2 << 20),
            Messages.activity(3), #"{"a":1}"#, Messages.activity(4).dropLast(3) + "",
        ].joined(separator: "\n")
        let (lines, status, errors) = try Ingest.replay(text, "--rejects", folder.file("rejects"))
        #expect(status == .status(0))
        #expect(lines.count == 3)
        let rejects = try folder.read("rejects").split(separator: "\n").map { parsed($0.utf8) }
        #expect(rejects.compactMap { $0["line"] as? Int } == [2, 3, 5, 7, 8])
        #expect(rejects.allSatisfy { ($0["reason"] as? String)?.isEmpty == false })
        #expect(errors.contains("5 lines rejected"))

        let strict = try Ingest.replay(text, "--strict")
        #expect(strict.status == .status(65) && strict.lines.count == 3)
    }

    @Test func lastLineNeedsNoNewline() throws {
        #expect(try Ingest.replay(Messages.activity(1)).lines.count == 1)
        #expect(try Ingest.replay("").lines.isEmpty)
    }

    @Test(arguments: [1, 100, 5000])
    func readsGzip(count: Int) throws {
        let text = (0..<count).map { Messages.activity($0) }.joined(separator: "\n") + "\n"
        let folder = try TemporaryDirectory()
        let plain = try folder.write(text, to: "plain")
        let packed = folder.file("packed")
        try Data(gzip(text)).write(to: URL(filePath: packed))
        let outputs = try [plain, packed].map { path in
            let child = try Ingest.start("--replay", path)
            #expect(try child.wait() == .status(0))
            return child.output
        }
        #expect(outputs[0] == outputs[1])
        #expect(outputs[0].split(separator: "\n").count == count)
        let piped = try Ingest.start("--replay", "-", input: .bytes(gzip(text)))
        #expect(try piped.wait() == .status(0))
        #expect(piped.output == outputs[0])
    }

    @Test func damagedGzipIsReadUpToTheDamage() throws {
        let text =
            (0..<5000).map { Messages.activity(($0 &* 2_654_435_761) % 1_000_003) }
            .joined(separator: "\n") + "\n"
        let packed = gzip(text)
        let truncated = try Ingest.start(
            "--replay", "-", input: .bytes(Array(packed.dropLast(packed.count / 4))))
        #expect(try truncated.wait() == .status(65))
        #expect(truncated.errors.contains("ends too soon"))
        #expect(truncated.lines.count > 2000 && truncated.lines.count < 5000)

        var damaged = packed
        for index in damaged.count / 2..<damaged.count / 2 + 64 { damaged[index] ^= 0x55 }
        let corrupt = try Ingest.start("--replay", "-", input: .bytes(damaged))
        #expect(try corrupt.wait() == .status(65))
        #expect(corrupt.errors.contains("corrupt"))
        #expect(corrupt.lines.count > 1000)
    }

    @Test func singleLineIsEmittedAtOnce() throws {
        let child = try Ingest.start("--replay", "-", input: .pipe, output: .pipe)
        for number in 1...3 {
            try child.write(Messages.activity(number) + "\n")
            let line = try child.line()
            #expect(parsed((line ?? "").utf8)["tx_hash"] as? String == Messages.hash(number))
        }
        child.closeInput()
        #expect(try child.line() == nil)
        #expect(try child.wait() == .status(0))
    }

    @Test func keepsTheRecordedSpeed() throws {
        // 40 seconds of recorded time.
        let frames = ["00", "20", "40"].map {
            frame(Messages.activity(Int($0)!), at: "2026-09-24T18:45:\($0)Z")
        }
        for (speed, least) in [("40", 1.0), ("100", 0.4), ("max", 0)] {
            let start = ContinuousClock.now
            let (lines, status, _) = try Ingest.replay(frames.joined(separator: "\n"), "--speed", speed)
            let took = start.duration(to: .now) / .seconds(1)
            #expect(lines.count == 3 && status == .status(0))
            #expect((least..<20).contains(took), "speed \(speed)")
        }
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func signalEndsAReplayNormally(signal: CInt) throws {
        let frames = [
            frame(Messages.activity(1), at: "2026-09-24T18:45:00Z"),
            frame(Messages.activity(2), at: "2026-09-24T19:45:00Z"),
        ]
        let child = try Ingest.start(
            "--replay", "-", "--speed", "1", input: .text(frames.joined(separator: "\n") + "\n"),
            output: .pipe)
        #expect(try child.line() != nil)
        child.kill(signal)
        #expect(try child.wait() == .status(0))
    }

    @Test func closedOutputEndsAReplaySilently() throws {
        let text = (0..<20_000).map { Messages.activity($0) }.joined(separator: "\n") + "\n"
        let child = try Ingest.start("--replay", "-", input: .text(text), output: .pipe)
        #expect(try child.line() != nil)
        child.closeOutput()
        #expect(try child.wait() == .status(0))
        #expect(child.errors.isEmpty)
    }

    @Test func missingFileIsReportedInOneLine() throws {
        let child = try Ingest.start("--replay", "/nowhere/at/all")
        #expect(try child.wait() == .status(66))
        #expect(
            child.errors
                == "pm-ingest: fatal: unable to open recording /nowhere/at/all: No such file or directory\n")
    }

    @Test func directoryIsRejected() throws {
        let child = try Ingest.start("--replay", "/tmp")
        #expect(try child.wait() == .status(74))
        #expect(child.errors.split(separator: "\n").count == 1)
    }

    @Test func showsProgressOnATerminal() throws {
        guard let script = Executables.installed("script") else { return }
        let folder = try TemporaryDirectory()
        let path = try folder.write(
            (0..<30_000).map { Messages.activity($0) }.joined(separator: "\n"), to: "recording")
        let program = try Executables.path("pm-ingest")
        let child = try ChildProcess(
            script,
            ["-qec", "\(program) --replay \(path) > \(folder.file("out"))", folder.file("typescript")])
        #expect(try child.wait() == .status(0))
        let shown = child.output
        #expect(shown.contains("% read"))
        #expect(shown.contains("\r\u{1B}[K"), "it is cleared at the end")
        #expect(try folder.read("out").split(separator: "\n").count == 30_000, "stdout has only records")
        let quiet = try Ingest.start("--replay", path)
        #expect(try quiet.wait() == .status(0))
        #expect(quiet.errors.isEmpty, "no terminal, no progress")
    }

    @Test func statusFileCountsLinesByResult() throws {
        let folder = try TemporaryDirectory()
        let text = [
            Messages.activity(1), Messages.activity(1), #"{"event_type":"book"}"#, "{", Messages.activity(2),
        ]
        .joined(separator: "\n")
        _ = try Ingest.replay(text, "--status-dir", folder.path)
        let status = parsed(try folder.read("pm-ingest.json").utf8)
        #expect(status["lines_in"] as? Int == 5 && status["lines_out"] as? Int == 2)
        #expect(status["rejected"] as? Int == 1)
        #expect(status["dropped"] as? [String: Int] == ["duplicate": 1, "book": 1])
    }

    @Test func defaultsComeFromTheEnvironment() throws {
        let folder = try TemporaryDirectory()
        let path = try folder.write(Messages.activity(1), to: "recording")
        let child = try Ingest.start([], environment: ["PM_INGEST_REPLAY": path])
        #expect(try child.wait() == .status(0))
        #expect(child.trades.count == 1)
        let wrong = try Ingest.start([], environment: ["PM_INGEST_URL": "http://example.com"])
        #expect(try wrong.wait() == .status(64))
        #expect(wrong.errors.contains("PM_INGEST_URL"))
    }

    @Test(
        arguments: [
            ["--speed", "0", "--replay", "-"], ["--speed", "-1", "--replay", "-"], ["--speed", "fast"],
            ["--record", "x", "--replay", "-"], ["--url", "https://example.com"], ["--ping", "0s"],
            ["--backoff-least", "2s", "--backoff-most", "1s"], ["--insecure"],
        ])
    func rejectsInvalidArguments(_ arguments: [String]) throws {
        let child = try Ingest.start(arguments)
        #expect(try child.wait() == .status(64))
        #expect(child.output.isEmpty)
    }
}

func frame(_ text: String, at time: String) -> String {
    let quoted = String(decoding: (try? JSONEncoder().encode(text)) ?? Data(), as: UTF8.self)
    return #"{"kind":"frame","received_at":"\#(time)","feed":"activity","connection":0,"frame":\#(quoted)}"#
}

func gzip(_ text: String) -> [UInt8] {
    var writer = GzipWriter()
    var packed: [UInt8] = []
    writer.write(Array(text.utf8).span, into: &packed)
    writer.finish(into: &packed)
    return packed
}
