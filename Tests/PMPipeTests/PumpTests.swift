import Glibc
import PMJSON
import PMPipe
import TestSupport
import Testing

struct PumpTests {
    @Test func countsLinesByFate() throws {
        let stage = try Stage()
        let output = Pipe()
        let input = Pipe(holding: "keep a\n\ndrop b\nbad \u{1B}\nkeep c")
        let tally = try stage.pump(input, output)
        #expect(output.read() == "keep a\nkeep c\n")
        #expect(tally.linesIn == 4 && tally.linesOut == 2 && tally.rejected == 1)
        #expect(tally.dropped == ["unwanted": 1])
        #expect(tally.lastInputAt != nil)
        #expect(
            try stage.directory.read("rejects")
                == #"{"kind":"reject","stage":"sieve","line":4,"reason":"bad","text":"bad \u001b"}"# + "\n")
    }

    /// The line must be written before the end of input.
    @Test func flushesBeforeItWaits() throws {
        let stage = try Stage()
        let (input, output) = (Pipe(), Pipe())
        let (source, sink) = (dup(input.readEnd), dup(output.writeEnd))
        let worker = Worker {
            var status = try! StatusFile(stage: "sieve", directory: nil, log: stage.log)
            var rejects = try! Rejects(stage: "sieve", path: nil)
            var sieve = Sieve()
            _ = try? PMPipe.pump(
                &sieve, from: LineReader(descriptor: source), to: LineWriter(descriptor: sink),
                rejects: &rejects, status: &status)
        }
        for line in ["keep 1\n", "keep 2\nkeep 3\n"] {
            input.write(line)
            #expect(eventually { output.waiting == line.utf8.count })
            #expect(output.read() == line)
        }
        input.closeWriteEnd()
        worker.join()
        close(source)
        close(sink)
    }

    @Test func aClosedReaderEndsThePumpAndKeepsTheRejects() throws {
        let stage = try Stage()
        let output = Pipe()
        output.closeReadEnd()
        let error = #expect(throws: StageError.self) {
            _ = try stage.pump(Pipe(holding: "bad\nkeep a\n"), output)
        }
        #expect(error == .downstreamClosed)
        #expect(try stage.directory.read("rejects").contains(#""line":1"#))
    }

    @Test func theStatusFileIsReplacedWhileTheStageIsIdle() throws {
        let stage = try Stage()
        let child = try ChildProcess(
            Executables.path("pm-filter"), ["--status-dir", stage.directory.file("status")], input: .pipe)
        func status() -> JSON? {
            (try? stage.directory.read("status/pm-filter.json")).flatMap { try? JSON($0) }
        }
        #expect(eventually { status()?["lines_in"]?.integer == 0 })
        #expect(status()?["pid"]?.integer == Int(child.pid))
        try child.write(#"{"kind":"trade","asset_id":"1","price":0.5,"size":1}"# + "\n{}\n[\n")
        #expect(eventually { status()?["lines_in"]?.integer == 3 })
        #expect(status()?["lines_out"]?.integer == 1 && status()?["rejected"]?.integer == 1)
        #expect(status()?["dropped"]?["below_min_value"]?.integer == 1)
        #expect(eventually { status()?["uptime_s"]?.integer ?? 0 >= 2 })
        #expect((status()?["rss_bytes"]?.integer).map { $0 > 0 && $0 < 32 << 20 } == true)
        child.closeInput()
        #expect(try child.wait() == .status(0))
    }
}

struct StatusFileTests {
    /// A reader always sees a complete file while it is replaced a thousand times.
    @Test func isAlwaysComplete() throws {
        let directory = try TemporaryDirectory()
        let log = StageLog(stage: "sieve")
        let worker = Worker {
            var status = try! StatusFile(stage: "sieve", directory: directory.path, log: log)
            var tally = Tally()
            for number in 0..<1000 {
                tally.linesIn = number
                status.finish(tally, at: .now)
            }
        }
        var reads = 0
        while reads < 1000 {
            guard let text = try? directory.read("sieve.json") else { continue }
            reads += 1
            #expect((try? JSON(text))?["stage"]?.string == "sieve")
        }
        worker.join()
        #expect(try JSON(directory.read("sieve.json"))["lines_in"]?.integer == 999)
        #expect(access(directory.file("sieve.json.new"), F_OK) != 0)
    }

    @Test func isReplacedAtMostOnceASecond() throws {
        let directory = try TemporaryDirectory()
        var status = try StatusFile(stage: "sieve", directory: directory.path, log: StageLog(stage: "sieve"))
        let start = ContinuousClock.now
        var tally = Tally()
        for (milliseconds, linesIn) in [(0, 1), (400, 2), (999, 3), (1000, 4), (1500, 5)] {
            tally.linesIn = linesIn
            status.refresh(tally, at: start + .milliseconds(milliseconds)) {
                $0.member("queue", linesIn * 10)
            }
        }
        #expect(status.untilDue(at: start + .milliseconds(1500)) == .milliseconds(500))
        let tree = try JSON(directory.read("sieve.json"))
        #expect(tree["lines_in"]?.integer == 4 && tree["queue"]?.integer == 40)
    }

    @Test func theLastMarkOfAnotherStageIsReadBack() throws {
        let directory = try TemporaryDirectory()
        func lastMark() -> UInt64? { StatusFile.lastMark(of: "sieve", in: directory.path) }
        #expect(lastMark() == nil, "no file")
        var status = try StatusFile(stage: "sieve", directory: directory.path, log: StageLog(stage: "sieve"))
        var tally = Tally()
        status.finish(tally, at: .now)
        #expect(lastMark() == nil, "no mark")
        tally.lastMark = .max
        status.finish(tally, at: .now)
        #expect(lastMark() == .max)
        try directory.write("{", to: "sieve.json")
        #expect(lastMark() == nil, "not a status file")
    }

    @Test func aDirectoryThatCannotBeCreatedPreventsTheStart() {
        let error = #expect(throws: StageError.self) {
            _ = try StatusFile(stage: "sieve", directory: "/dev/null/x", log: StageLog(stage: "sieve"))
        }
        #expect(error?.status == .inputOutput)
    }
}

struct RejectsTests {
    @Test func keepsInvalidUTF8AsHexDigits() throws {
        let directory = try TemporaryDirectory()
        var rejects = try Rejects(stage: "sieve", path: directory.file("rejects"))
        rejects.add([0x61, 0xFF, 0x00].span, number: 1, reason: "bad")
        rejects.add(Array("é\u{9B}\"".utf8).span, number: 2, reason: "worse")
        try rejects.flush()
        let lines = try directory.read("rejects").split(separator: "\n")
        #expect(lines[0] == #"{"kind":"reject","stage":"sieve","line":1,"reason":"bad","bytes":"61ff00"}"#)
        #expect(
            lines[1] == #"{"kind":"reject","stage":"sieve","line":2,"reason":"worse","text":"é\u009b\""}"#)
    }

    @Test func isAppendedToAndReadableByItsOwnerOnly() throws {
        let directory = try TemporaryDirectory()
        for number in 1...2 {
            var rejects = try Rejects(stage: "sieve", path: directory.file("rejects"))
            rejects.add([0x61].span, number: number, reason: "bad")
            try rejects.flush()
        }
        #expect(try directory.read("rejects").split(separator: "\n").count == 2)
        var facts = stat()
        #expect(stat(directory.file("rejects"), &facts) == 0 && facts.st_mode & 0o777 == 0o600)
    }

    /// Another user may have left the link in a shared directory.
    @Test func aLinkIsNotFollowed() throws {
        let directory = try TemporaryDirectory()
        let victim = try directory.write("precious", to: "victim")
        try #require(symlink(victim, directory.file("rejects")) == 0)
        let error = #expect(throws: StageError.self) {
            _ = try Rejects(stage: "sieve", path: directory.file("rejects"))
        }
        #expect(error?.status == .configuration)
        _ = try Rejects(stage: "sieve", path: "/dev/stderr")
        try #require(symlink(victim, directory.file("sieve.json.new")) == 0)
        var status = try StatusFile(
            stage: "sieve", directory: directory.path, log: StageLog(stage: "sieve"))
        status.finish(Tally(), at: .now)
        #expect(try directory.read("victim") == "precious")
        #expect(try directory.read("sieve.json").contains("ended_at"))
    }

    @Test func aFileThatCannotBeOpenedPreventsTheStart() {
        #expect(throws: StageError.self) { _ = try Rejects(stage: "sieve", path: "/nowhere/rejects") }
    }
}

/// A filter that passes lines that begin with `keep`, drops those with `drop`, and rejects the rest.
private struct Sieve: Filter {
    private var dropped = 0

    mutating func process(_ line: Span<UInt8>, into output: inout LineWriter) -> Verdict {
        if text(line).hasPrefix("keep") {
            output.append(line)
            return .passed
        }
        guard text(line).hasPrefix("drop") else { return .rejected("bad") }
        dropped += 1
        return .dropped
    }

    func report(into tally: inout Tally) { tally.dropped["unwanted"] = dropped }
}

private struct Stage {
    let directory: TemporaryDirectory
    let log = StageLog(stage: "sieve")

    init() throws { directory = try TemporaryDirectory() }

    func pump(_ input: Pipe, _ output: Pipe) throws -> Tally {
        var status = try StatusFile(stage: "sieve", directory: directory.path, log: log)
        var rejects = try Rejects(stage: "sieve", path: directory.file("rejects"))
        var sieve = Sieve()
        return try PMPipe.pump(
            &sieve, from: LineReader(descriptor: input.readEnd), to: LineWriter(descriptor: output.writeEnd),
            rejects: &rejects, status: &status)
    }
}
