import DatabaseFixtures
import Glibc
import TestSupport
import Testing

/// pm-store while a real PostgreSQL server is unavailable or rejects rows.
@Suite(.enabled(if: TemporaryPostgres.isInstalled, "PostgreSQL's server is not installed"))
struct OutageTests {
    @Test func linesPassAndMarksWait() throws {
        let server = try TemporaryPostgres()
        let database = try TestDatabase(.postgres, on: server)
        let child = try database.start(["--pass-after", "300ms"], input: .pipe, output: .pipe)
        try child.write(Line.trade("a") + "\n")
        #expect(try child.line() == Line.trade("a"))

        try server.stop(.immediate)
        try child.write([Line.trade("b"), Line.mark(2), Line.trade("c")].asLines)
        #expect(try child.line() == Line.trade("b"))
        #expect(try child.line() == Line.trade("c"))
        try child.write(Line.trade("d") + "\n")
        #expect(try child.line() == Line.trade("d"))
        #expect(throws: TestFailure.self) { _ = try child.line(within: .milliseconds(500)) }

        try server.start()
        #expect(try child.line() == Line.mark(2))
        try child.write(Line.mark(3) + "\n")
        #expect(try child.line() == Line.mark(3))
        child.closeInput()
        #expect(try child.wait() == .status(0))
        #expect(try database.rows("SELECT id FROM trades ORDER BY id") == ["a", "b", "c", "d"])
        #expect(try database.rows("SELECT seq FROM cursors") == ["3"])
        expectOneOutageLogged(child)
    }

    @Test func aServerThatIsDownAtTheStartIsWaitedFor() throws {
        let server = try TemporaryPostgres()
        let database = try TestDatabase(.postgres, on: server)
        try server.stop()
        let child = try database.start(input: .text(Line.trade("a") + "\n"))
        #expect(eventually { child.errors.contains("the database is unavailable") })
        try server.start()
        #expect(try child.wait() == .status(0))
        #expect(child.output == Line.trade("a") + "\n")
        #expect(try database.rows("SELECT id FROM trades") == ["a"])
    }

    @Test func aServerThatIsDownIsReportedBeforeTheFirstLine() throws {
        let server = try TemporaryPostgres()
        let database = try TestDatabase(.postgres, on: server)
        try server.stop()
        let directory = try TemporaryDirectory()
        let child = try database.start(["--status-dir", directory.path], input: .pipe)
        #expect(eventually { child.errors.contains("warning: the database is unavailable, retrying: ") })
        #expect(
            eventually { (try? directory.read("pm-store.json").contains(#""database":"away""#)) ?? false })
        child.closeInput()
        #expect(try child.wait() == .status(0))
    }

    @Test func givesUpOnAServerThatStaysDownAfterTheEndOfInput() throws {
        let server = try TemporaryPostgres()
        let database = try TestDatabase(.postgres, on: server)
        try server.stop()
        let child = try database.start(["--patience", "200ms"], input: .text(Line.trade("a") + "\n"))
        #expect(try child.wait() == .status(69))
        #expect(child.errors.contains("fatal: unable to use the database") == true)
    }

    @Test func heldBytesAreBounded() throws {
        let server = try TemporaryPostgres()
        let database = try TestDatabase(.postgres, on: server)
        try database.makeStore().open()
        try server.stop()
        let directory = try TemporaryDirectory()
        let child = try database.start(
            ["--pass-after", "50ms", "--hold", "256K", "--max-batch", "50", "--status-dir", directory.path],
            input: .pipe)
        // of 1.3 MB, a pipe holds 64 KiB and one read 256 KiB: the rest has to wait
        let count = 4000
        let feeder = LineFeeder(lines: (0..<count).map { Line.trade("t\($0)") }, to: child)
        #expect(eventually { heldBytes(in: directory) >= 256 << 10 })
        #expect(try directory.read("pm-store.json").contains(#""database":"away""#) == true)
        #expect(feeder.hasFinished == false)
        try server.start()
        #expect(eventually { feeder.hasFinished })
        child.closeInput()
        #expect(try child.wait() == .status(0))
        #expect(try database.value("SELECT count(*) FROM trades") == "\(count)")
        #expect(Set(child.output.split(separator: "\n")).count == count)
    }

    @Test func stopsWithAnUnavailableDatabaseAndAFullQueue() throws {
        let directory = try TemporaryDirectory()
        let child = try ChildProcess(
            Executables.path("pm-store"),
            [
                "--database", "postgresql://nobody@127.0.0.1:9/nothing", "--pass-after", "50ms", "--hold",
                "64K",
                "--status-dir", directory.path,
            ], input: .pipe)
        let feeder = LineFeeder(lines: (0..<4000).map { Line.trade("t\($0)") }, to: child)
        #expect(eventually { heldBytes(in: directory) >= 64 << 10 })
        #expect(feeder.hasFinished == false)
        child.kill(SIGTERM)
        child.kill(SIGTERM)
        #expect(
            eventually {
                child.kill(SIGTERM)  // two signals at once may arrive as one
                return child.exit == .status(69) || child.exit == .status(75)
            }, "\(String(describing: child.exit)) \(child.errors)")
    }

    @Test func aLockIsWaitedFor() throws {
        let database = try TestDatabase(.postgres)
        try database.makeStore().open()
        let child = try database.start(["--pass-after", "200ms"], input: .pipe, output: .pipe)
        try database.whileLocked("trades") {
            try child.write(Line.trade("a") + "\n")
            #expect(try child.line() == Line.trade("a"))
        }
        child.closeInput()
        #expect(try child.wait() == .status(0))
        #expect(try database.rows("SELECT id FROM trades") == ["a"])
    }

    @Test func aLineRejectedAfterItWasPassedOnCountsOnce() throws {
        let database = try TestDatabase(.postgres)
        let directory = try TemporaryDirectory()
        try database.makeStore().open()
        try database.rejectTrades(where: "price = 0.99")
        let child = try database.start(
            ["--pass-after", "100ms", "--status-dir", directory.path, "--strict"], input: .pipe,
            output: .pipe)
        try database.whileLocked("wallets") {
            try child.write([Line.trade("a", price: "0.99"), Line.trade("b")].asLines)
            #expect(try child.line() == Line.trade("a", price: "0.99"))
            #expect(try child.line() == Line.trade("b"))
        }
        child.closeInput()
        #expect(try child.wait() == .status(65))
        let status = try directory.read("pm-store.json")
        for figure in [
            #""lines_in":2"#, #""lines_out":2"#, #""rejected":0"#, #""refused_after_leaving":1"#,
        ] { #expect(status.contains(figure) == true, "\(figure) in \(status)") }
        #expect(try database.rows("SELECT id FROM trades") == ["b"])
    }

    @Test func aBatchThatTimesOutIsStoredInParts() throws {
        let database = try TestDatabase(.postgres)
        let directory = try TemporaryDirectory()
        try database.makeStore().open()
        let name = try database.value("SELECT current_database()")
        try database.execute(
            """
            ALTER DATABASE \(name) SET statement_timeout = '1s';
            CREATE FUNCTION delay() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN PERFORM pg_sleep(0.01); RETURN NEW; END';
            CREATE TRIGGER slow BEFORE INSERT ON trades FOR EACH ROW EXECUTE FUNCTION delay()
            """)
        let lines = (0..<400).map { Line.trade("t\($0)") } + [Line.mark(400)]
        let child = try database.start(
            ["--rejects", directory.file("rejects")], input: .text(lines.asLines))
        #expect(try child.wait() == .status(0), "\(child.errors)")
        #expect(child.output == lines.asLines)
        #expect(try database.value("SELECT count(*) FROM trades") == "400")
        #expect(try database.rows("SELECT seq FROM cursors") == ["400"])
        #expect(try directory.read("rejects") == "")
        expectOneOutageLogged(child, because: "57014")
    }

    @Test func stopsWhileTheDatabaseHoldsALock() throws {
        let database = try TestDatabase(.postgres)
        try database.makeStore().open()
        let child = try database.start(["--pass-after", "100ms"], input: .pipe, output: .pipe)
        try database.whileLocked("trades") {
            try child.write([Line.trade("a"), Line.mark(1)].asLines)
            #expect(try child.line() == Line.trade("a"))
            #expect(
                eventually {
                    child.kill(SIGTERM)
                    return child.exit == .status(75)
                }, "\(String(describing: child.exit)) \(child.errors)")
        }
        #expect(try database.rows("SELECT * FROM cursors").isEmpty)
    }

    @Test func reconnectsAfterALostConnection() throws {
        let database = try TestDatabase(.postgres)
        let child = try database.start(input: .pipe, output: .pipe)
        for number in 0..<5 {
            try child.write(Line.trade("t\(number)") + "\n")
            #expect(try child.line() == Line.trade("t\(number)"))
            _ = try database.rows(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND application_name = 'pm-store'
                """)
        }
        child.closeInput()
        #expect(try child.wait() == .status(0))
        #expect(try database.value("SELECT count(*) FROM trades") == "5")
    }

    @Test func aMissingTableEndsItAtOnce() throws {
        let database = try TestDatabase(.postgres)
        let child = try database.start(input: .pipe, output: .pipe)
        try child.write(Line.trade("a") + "\n")
        #expect(try child.line() == Line.trade("a"))
        try database.execute("DROP TABLE trades CASCADE")
        try child.write(Line.trade("b") + "\n")
        #expect(try child.wait() == .status(78))
        #expect(child.errors.contains("[42P01]") == true)
    }

    /// Returns the figure of the status file; 0 without a status file.
    private func heldBytes(in directory: TemporaryDirectory) -> Int {
        (try? directory.read("pm-store.json")).flatMap { figure("held_bytes", in: $0) } ?? 0
    }
}
