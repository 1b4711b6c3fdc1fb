import DatabaseFixtures
import Glibc
import TestSupport
import Testing

/// Servers that stop during a commit, are read-only, or are full.
@Suite(.enabled(if: TemporaryPostgres.isInstalled, "PostgreSQL's server is not installed"))
struct FailoverTests {
    @Test func aCommitWhoseAnswerIsLostIsNotStoredTwice() throws {
        let server = try TemporaryPostgres()
        let database = try TestDatabase(.postgres, on: server)
        try database.makeStore().open()
        let child = try database.start(["--pass-after", "100ms"], input: .pipe, output: .pipe)
        try child.write(Line.trade("a") + "\n")
        #expect(try child.line() == Line.trade("a"))
        #expect(try eventually { try database.value("SELECT count(*) FROM trades") == "1" })
        // without the standby, the commit is made and its answer waits
        try server.set("synchronous_standby_names", to: "'nobody'")
        try waitUntilCommitsWait(on: server, database)
        let lines = [Line.trade("b", more: #","name":"Ann""#), Line.mark(2)]
        try child.write(lines.asLines)
        #expect(try child.line() == lines[0])
        #expect(
            try eventually {
                try database.value("SELECT wait_event FROM pg_stat_activity \(ours)") == "SyncRep"
            })
        _ = try database.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity \(ours)")
        #expect(try eventually { try database.value("SELECT count(*) FROM trades") == "2" })
        try server.set("synchronous_standby_names", to: "DEFAULT")
        #expect(try child.line() == lines[1])
        child.closeInput()
        #expect(try child.wait() == .status(0))
        #expect(try database.rows("SELECT id FROM trades ORDER BY id") == ["a", "b"])
        #expect(try database.rows("SELECT seq FROM cursors") == ["2"])
        expectOneOutageLogged(child)
    }

    /// Waits until commits wait: the processes of the server reload a setting one after the other.
    private func waitUntilCommitsWait(on server: TemporaryPostgres, _ database: TestDatabase) throws {
        let psql = try #require(Executables.installed("psql"))
        for number in 1...100 {
            let probe = try ChildProcess(
                psql, ["-X", "-q", "-d", database.url, "-c", "CREATE TABLE probe\(number)()"])
            let query = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
            var waiting: [String] = []
            _ = try eventually {
                waiting = try database.rows(query)
                return !waiting.isEmpty || !probe.isRunning
            }
            guard !waiting.isEmpty else { continue }
            _ = try database.rows("SELECT pg_terminate_backend(\(waiting[0]))")
            try probe.wait()
            return
        }
        throw TestFailure("no commit waits for a standby")
    }

    @Test func aConnectionLostBeforeTheCommitLosesNothing() throws {
        let database = try TestDatabase(.postgres)
        try database.makeStore().open()
        try database.execute(
            """
            CREATE TABLE delays AS SELECT 1;
            CREATE FUNCTION delay() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN PERFORM pg_sleep(60) FROM delays; RETURN NULL; END';
            CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON trades DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION delay()
            """)
        let child = try database.start(["--pass-after", "50ms"], input: .pipe, output: .pipe)
        try child.write(Line.trade("a") + "\n")
        #expect(try child.line() == Line.trade("a"))
        let waiting = "SELECT wait_event FROM pg_stat_activity \(ours)"
        #expect(try eventually { try database.value(waiting) == "PgSleep" })
        try database.execute("DELETE FROM delays")
        _ = try database.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity \(ours)")
        child.closeInput()
        #expect(try child.wait() == .status(0))
        #expect(try database.rows("SELECT id FROM trades") == ["a"])
    }

    @Test func aReadOnlyServerIsWaitedFor() throws {
        let server = try TemporaryPostgres()
        let database = try TestDatabase(.postgres, on: server)
        let child = try database.start(["--pass-after", "100ms"], input: .pipe, output: .pipe)
        try child.write(Line.trade("a") + "\n")
        #expect(try child.line() == Line.trade("a"))
        try server.set("default_transaction_read_only", to: "on")
        #expect(try eventually { try database.value("SHOW default_transaction_read_only") == "on" })
        try child.write(Line.trade("b") + "\n")
        #expect(try child.line() == Line.trade("b"))
        #expect(eventually { child.errors.contains("read-only") })
        try server.set("default_transaction_read_only", to: "DEFAULT")
        child.closeInput()
        #expect(try child.wait() == .status(0))
        #expect(try database.rows("SELECT id FROM trades ORDER BY id") == ["a", "b"])
        expectOneOutageLogged(child, because: "25006")
    }

    @Test func followsAFailoverToTheStandby() throws {
        let primary = try TemporaryPostgres()
        let database = try TestDatabase(.postgres, on: primary)
        let standby = try TemporaryPostgres(standbyOf: primary)
        try primary.set("synchronous_standby_names", to: "'*'")
        let both = database.url.replacing(
            "host=\(primary.socketDirectory)",
            with: "host=\(primary.socketDirectory),\(standby.socketDirectory)")
        let child = try database.start(["--pass-after", "100ms"], at: both, input: .pipe, output: .pipe)
        try child.write([Line.trade("a"), Line.mark(1)].asLines)
        #expect(try child.line() == Line.trade("a"))
        #expect(try child.line() == Line.mark(1))
        try primary.stop(.immediate)
        // now only the standby answers, which is read-only
        try child.write([Line.trade("b"), Line.mark(2)].asLines)
        #expect(try child.line() == Line.trade("b"))
        #expect(eventually { child.errors.contains("unavailable") })
        try standby.promote()
        #expect(try child.line() == Line.mark(2))
        child.closeInput()
        #expect(try child.wait() == .status(0))
        let export = try database.start(["export"], at: both, input: .none)
        #expect(try export.wait() == .status(0))
        #expect(export.output == [Line.trade("a"), Line.trade("b")].asLines)
        expectOneOutageLogged(child)
    }

    @Test func aServerWithTooManyConnectionsIsWaitedFor() throws {
        let server = try TemporaryPostgres(settings: [
            "max_connections=5", "superuser_reserved_connections=0",
        ])
        let database = try TestDatabase(.postgres, on: server)
        let child: ChildProcess
        do {
            let connections = try IdleConnections(5, to: database.url)
            child = try database.start(["--pass-after", "100ms"], input: .pipe, output: .pipe)
            try child.write(Line.trade("a") + "\n")
            #expect(try child.line() == Line.trade("a"))
            #expect(eventually { child.errors.contains("unavailable") })
            _ = connections
        }
        child.closeInput()
        #expect(try child.wait() == .status(0))
        #expect(try database.rows("SELECT id FROM trades") == ["a"])
        expectOneOutageLogged(child, because: "53300")
    }

    @Test(.enabled(if: SmallDisk.isAllowed, "only root mounts a small disk"))
    func aFullDiskIsWaitedFor() throws {
        let server = try TemporaryPostgres()
        let disk = try SmallDisk(bytes: 4 << 20, ownedLike: server.socketDirectory)
        let database = try TestDatabase(.postgres, on: server)
        try database.makeStore().open()
        try database.execute("CREATE TABLESPACE small LOCATION '\(disk.directory.path)'")
        try database.execute("ALTER TABLE trades SET TABLESPACE small")
        let lines = (0..<15_000).map { Line.trade("t\($0)") }
        let child = try database.start(
            ["--quiet", "--max-batch", "500"], input: .text((lines + [Line.mark(15_000)]).asLines))
        #expect(eventually { child.errors.contains("[53100]") })
        #expect(try database.rows("SELECT seq FROM cursors").isEmpty)
        try disk.grow(to: 64 << 20)
        #expect(try child.wait() == .status(0))
        #expect(try database.value("SELECT count(*) FROM trades") == "15000")
        #expect(try database.rows("SELECT seq FROM cursors") == ["15000"])
        expectOneOutageLogged(child, because: "53100")
    }

    /// A filter on pm-store's connections to the current database.
    private var ours: String { "WHERE datname = current_database() AND application_name = 'pm-store'" }
}

/// Connections that only occupy the server.
private final class IdleConnections {
    private var processes: [ChildProcess] = []

    init(_ count: Int, to url: String) throws {
        for _ in 0..<count {
            let process = try ChildProcess(
                try #require(Executables.installed("psql")), ["-X", "-A", "-t", "-d", url], input: .pipe,
                output: .pipe)
            try process.write("SELECT 'here';\n")
            _ = try process.line()
            processes.append(process)
        }
    }
}
