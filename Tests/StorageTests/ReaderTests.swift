import DatabaseFixtures
import TestSupport
import Testing

/// Other programs that use the SQLite file while pm-store writes it.
@Suite(.enabled(if: Executables.installed("sqlite3") != nil, "sqlite3 is not installed"))
struct ReaderTests {
    @Test func aReaderBlocksNothingAndSeesEveryCommit() throws {
        let database = try TestDatabase(.sqlite)
        let path = String(database.url.dropFirst("sqlite:".count))
        let writer = try database.start(["--pass-after", "1m"], input: .pipe, output: .pipe)
        try writer.write(Line.trade("a") + "\n")
        #expect(try writer.line() == Line.trade("a"))

        let sqlite3 = try #require(Executables.installed("sqlite3"))
        let reader = try ChildProcess(sqlite3, ["-batch", path], input: .pipe, output: .pipe)
        let count = "SELECT count(*) FROM trades;\n"
        try reader.write("BEGIN; \(count)")
        #expect(try reader.line() == "1")
        for number in 0..<50 {
            try writer.write(Line.trade("t\(number)") + "\n")
            #expect(try writer.line() == Line.trade("t\(number)"))
        }
        try reader.write(count)
        #expect(try reader.line() == "1")
        try reader.write("COMMIT; \(count)")
        #expect(try reader.line() == "51")
        reader.closeInput()
        #expect(try reader.wait() == .status(0))

        writer.closeInput()
        #expect(try writer.wait() == .status(0))
        #expect(writer.errors == "")
    }

    @Test(.enabled(if: Executables.installed("jq") != nil, "jq is not installed"))
    func jqReadsWhatSqlite3Prints() throws {
        let database = try TestDatabase(.sqlite)
        let path = String(database.url.dropFirst("sqlite:".count))
        let writer = try database.start(["--pass-after", "1m"], input: .pipe, output: .pipe)
        let line = Line.trade("a", more: #","tier":"WHALE","x":"\u00e9 \"quoted\" | 'so'""#)
        try writer.write(line + "\n")
        #expect(try writer.line() == line)
        let command = """
            sqlite3 -readonly -json '\(path)' 'SELECT tier, record FROM trades' |
                jq -r '.[] | [.tier, (.record | fromjson | .x)] | join(": ")'
            """
        let shell = try ChildProcess("/bin/sh", ["-c", command])
        #expect(try shell.wait() == .status(0), "\(shell.errors)")
        #expect(shell.output == "WHALE: é \"quoted\" | 'so'\n")
        writer.closeInput()
        #expect(try writer.wait() == .status(0))
    }

    @Test func anotherWriterIsWaitedFor() throws {
        let database = try TestDatabase(.sqlite)
        let writer = try database.start(["--pass-after", "100ms"], input: .pipe, output: .pipe)
        try writer.write(Line.trade("a") + "\n")
        #expect(try writer.line() == Line.trade("a"))
        #expect(eventually { (try? database.value("SELECT count(*) FROM trades")) == "1" })
        let path = String(database.url.dropFirst("sqlite:".count))
        let sqlite3 = try #require(Executables.installed("sqlite3"))
        let other = try ChildProcess(sqlite3, ["-batch", path], input: .pipe, output: .pipe)
        try other.write("BEGIN IMMEDIATE; SELECT 'held';\n")
        #expect(try other.line() == "held")
        try writer.write([Line.trade("b"), Line.mark(2)].asLines)
        #expect(try writer.line() == Line.trade("b"))
        #expect(try database.value("SELECT count(*) FROM trades") == "1")
        try other.write("COMMIT;\n")
        #expect(try writer.line() == Line.mark(2))
        writer.closeInput()
        #expect(try writer.wait() == .status(0))
        #expect(try database.value("SELECT count(*) FROM trades") == "2")
    }

    @Test(.enabled(if: SmallDisk.isAllowed, "only root mounts a small disk"))
    func aFullDiskIsWaitedFor() throws {
        let disk = try SmallDisk(bytes: 4 << 20)
        let url = "sqlite:\(disk.directory.file("t.db"))"
        let lines = (0..<6000).map { Line.trade("t\($0)") } + [Line.mark(6000)]
        let child = try ChildProcess(
            Executables.path("pm-store"), ["--database", url, "--quiet", "--max-batch", "500"],
            input: .text(lines.asLines))
        #expect(eventually { child.errors.contains("the database is unavailable") })
        try disk.grow(to: 64 << 20)
        #expect(try child.wait() == .status(0), "\(child.errors)")
        expectOneOutageLogged(child)
        let export = try ChildProcess(Executables.path("pm-store"), ["export", "--database", url])
        #expect(try export.wait() == .status(0))
        #expect(export.output.split(separator: "\n").count == 6000)
    }
}
