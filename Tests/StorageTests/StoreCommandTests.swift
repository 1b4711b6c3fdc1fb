import DatabaseFixtures
import Foundation
import Glibc
import TestSupport
import Testing

/// pm-store as a process, on each database.
struct StoreCommandTests {
    @Test(arguments: Backend.available)
    func storesAndPassesOnEveryLineInOrder(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        var lines = (0..<1000).map { Line.trade("t\($0)") }
        lines.insert(#"{"kind":"from the future","b":[1,2.50]}"#, at: 500)
        lines.insert(Line.mark(500), at: 501)
        lines.append(#" { "no" : "kind" } "#)
        for _ in 0..<2 {
            let child = try database.start(
                ["--max-batch", "100", "--pass-after", "1m"], input: .text(lines.asLines))
            #expect(try child.wait() == .status(0))
            #expect(child.output == lines.asLines)
            #expect(child.errors == "")
            #expect(try database.value("SELECT count(*) FROM trades") == "1000")
        }
        #expect(try database.rows("SELECT stream, seq FROM cursors") == ["s|500"])
    }

    @Test(arguments: Backend.available)
    func aLineIsPassedOnWithoutWaitingForTheNext(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        let child = try database.start(["--pass-after", "1m"], input: .pipe, output: .pipe)
        for number in 0..<3 {
            try child.write(Line.trade("t\(number)") + "\n")
            #expect(try child.line() == Line.trade("t\(number)"))
            #expect(try database.value("SELECT count(*) FROM trades") == "\(number + 1)")
        }
        child.closeInput()
        #expect(try child.wait() == .status(0))
    }

    @Test(arguments: Backend.available)
    func aBadLineIsRejectedAndTheOthersAreStored(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        let directory = try TemporaryDirectory()
        let rejects = directory.file("rejects")
        let lines = [Line.trade("a"), "nonsense", Line.trade("b", price: "much"), Line.trade("c")]
        let child = try database.start(["--rejects", rejects], input: .text(lines.asLines))
        #expect(try child.wait() == .status(0))
        #expect(child.output == [lines[0], lines[3]].asLines)
        #expect(child.errors.contains("2 lines rejected") == true)
        let kept = try directory.read("rejects")
        #expect(kept.contains(#""line":2,"reason":"not a JSON object at byte 0","text":"nonsense""#))
        #expect(
            kept.contains(#""line":3,"reason":"malformed"#) || kept.contains(#""line":3,"reason":"unexp"#))
        let strict = try database.start(["--strict"], input: .text(lines.asLines))
        #expect(try strict.wait() == .status(65))
    }

    @Test func aDeletedFileIsRestoredWhileLinesCome() throws {
        let database = try TestDatabase(.sqlite)
        let child = try database.start(["--pass-after", "1m"], input: .pipe, output: .pipe)
        for (number, line) in [Line.trade("a"), Line.trade("b"), Line.trade("c")].enumerated() {
            if number == 1 { unlink(database.path) }
            try child.write(line + "\n")
            #expect(try child.line() == line)
        }
        child.closeInput()
        #expect(try child.wait() == .status(0))
        #expect(try database.rows("SELECT id FROM trades ORDER BY id") == ["a", "b", "c"])
        expectOneOutageLogged(child, because: "was deleted while it was in use")
    }

    @Test(arguments: Backend.available)
    func aRefusedDatabaseEndsWithAStatusOfItsOwn(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        try database.execute("CREATE TABLE trades (a integer)")
        let child = try database.start(input: .text(Line.trade("a") + "\n"))
        #expect(try child.wait() == .status(78))
        #expect(child.errors.contains("trades") && child.errors.contains("tables of its own"))
        #expect(try database.tableNames == ["trades"])
    }

    @Test func quietPassesNothingOn() throws {
        let database = try TestDatabase(.sqlite)
        let lines = [Line.trade("a"), Line.mark(1), #"{"x":1}"#]
        let child = try database.start(["--quiet"], input: .text(lines.asLines))
        #expect(try child.wait() == .status(0))
        #expect(child.output == "")
        #expect(try database.value("SELECT count(*) FROM trades") == "1")
    }

    @Test func aClosedOutputEndsItSilently() throws {
        let database = try TestDatabase(.sqlite)
        let child = try database.start(input: .pipe, output: .pipe)
        try child.write(Line.trade("a") + "\n")
        _ = try child.line()
        child.closeOutput()
        try child.write(Line.trade("b") + "\n")
        #expect(try child.wait() == .status(0))
        #expect(child.errors == "")
        #expect(try database.value("SELECT count(*) FROM trades") == "2")
    }

    @Test func stopsAtTheSecondSignal() throws {
        let database = try TestDatabase(.sqlite)
        let child = try database.start(input: .pipe, output: .pipe)
        try child.write(Line.trade("a") + "\n")
        _ = try child.line()
        child.kill(SIGTERM)
        try child.write(Line.trade("b") + "\n")
        #expect(try child.line() == Line.trade("b"))
        child.kill(SIGTERM)
        #expect(try child.wait() == .status(75))
    }

    @Test(arguments: Backend.available)
    func writesItsFiguresToTheStatusFile(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        let directory = try TemporaryDirectory()
        let lines = (0..<250).map { Line.trade("t\($0)") } + [Line.mark(9), "nonsense"]
        let child = try database.start(
            ["--status-dir", directory.path], environment: ["PM_STORE_MAX_BATCH": "100"],
            input: .text(lines.asLines))
        #expect(try child.wait() == .status(0))
        let status = try directory.read("pm-store.json")
        for figure in [
            #""lines_in":252"#, #""lines_out":251"#, #""rejected":1"#, #""trades":250"#, #""last_mark":9"#,
            #""held_bytes":0"#, #""database":"up""#,
        ] { #expect(status.contains(figure) == true, "\(figure) in \(status)") }
    }

    @Test(arguments: Backend.available)
    func printsTheCursor(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        #expect(try database.start(input: .none).wait() == .status(0))
        let first = try database.start(["cursor"], input: .none)
        #expect(try first.wait() == .status(0))
        #expect(first.output == "")
        #expect(try database.start(input: .text(Line.mark(17) + "\n")).wait() == .status(0))
        let second = try database.start(["cursor"], input: .none)
        #expect(try second.wait() == .status(0))
        #expect(second.output == #"{"stream":"s","seq":17,"time":"2026-11-22T10:00:00.000Z"}"# + "\n")
    }

    @Test(arguments: ["cursor", "export", "pending", "gaps"])
    func readingDoesNotCreateTheFile(_ subcommand: String) throws {
        let database = try TestDatabase(.sqlite)
        let child = try database.start([subcommand], input: .none)
        #expect(try child.wait() == .status(69))
        #expect(child.errors.contains("t.db: No such file") == true, "\(child.errors)")
        #expect(access(String(database.url.dropFirst("sqlite:".count)), F_OK) == -1)
    }

    @Test func disablesCoreDumps() throws {
        let database = try TestDatabase(.sqlite)
        let child = try database.start(input: .pipe, output: .pipe)
        try child.write(Line.trade("a") + "\n")
        _ = try child.line()
        let limits = try String(contentsOfFile: "/proc/\(child.pid)/limits", encoding: .utf8)
        let cores = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") })
        #expect(cores.split(separator: " ").filter { $0 == "0" }.count == 2, "\(cores)")
        child.closeInput()
        #expect(try child.wait() == .status(0))
    }

    @Test func rejectsANewerDatabase() throws {
        let database = try TestDatabase(.sqlite)
        try database.execute("PRAGMA user_version = 1000")
        let child = try database.start(input: .pipe)
        #expect(try child.wait() == .status(78))
        #expect(child.errors.contains("version 1000") == true)
    }

    @Test func thePasswordIsNeverShown() throws {
        for arguments in [
            ["--database", "postgresql://me:hunter2@127.0.0.1:1/x", "--patience", "0s"],
            ["--database", "postgresql://me:hunter2@127.0.0.1:port/x"],
            ["--database", "hunter2"], ["--help"],
        ] {
            let child = try ChildProcess(
                Executables.path("pm-store"), arguments,
                environment: ["DATABASE_URL": "postgresql://me:hunter2@127.0.0.1:1/x"],
                input: .text(Line.trade("a") + "\n"))
            try child.wait()
            #expect((child.output + child.errors).contains("hunter2") == false)
        }
    }
}
