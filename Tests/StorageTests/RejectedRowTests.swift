import DatabaseFixtures
import TestSupport
import Testing

/// Rows that the database itself rejects, here by a user's constraint.
struct RejectedRowTests {
    @Test(arguments: Backend.available)
    func rejectsOnlyTheBadRowsInFewRequests(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        let directory = try TemporaryDirectory()
        try database.makeStore().open()
        try database.rejectTrades(where: "price = 0.99")
        let bad: Set = [100, 101, 3000]
        var lines = (0..<4000).map { Line.trade("t\($0)", price: bad.contains($0) ? "0.99" : "0.5") }
        lines.append(Line.mark(4000))
        let child = try database.start(
            ["--pass-after", "1m", "--rejects", directory.file("rejects"), "--status-dir", directory.path],
            input: .text(lines.asLines))
        #expect(try child.wait() == .status(0))

        let good = lines.enumerated().filter { !bad.contains($0.offset) }.map(\.element)
        #expect(child.output == good.asLines)
        #expect(try database.value("SELECT count(*) FROM trades") == "3997")
        #expect(try database.rows("SELECT seq FROM cursors") == ["4000"])
        let rejects = try directory.read("rejects").split(separator: "\n")
        #expect(rejects.count == 3)
        #expect(rejects.allSatisfy { $0.contains(backend == .postgres ? "[23514]" : "[SQLite") })
        #expect(try #require(figure("round_trips", in: directory.read("pm-store.json"))) < 130)

        try database.rejectTrades(where: nil)
        let again = try database.start(["--quiet"], input: .file(directory.file("rejects")))
        #expect(try again.wait() == .status(0))
        #expect(try database.value("SELECT count(*) FROM trades") == "4000")
    }

    @Test(.enabled(if: TemporaryPostgres.isInstalled))
    func findsARowThatIsRejectedAtTheCommit() throws {
        let database = try TestDatabase(.postgres)
        let directory = try TemporaryDirectory()
        try database.makeStore().open()
        try database.execute(
            """
            CREATE FUNCTION reject_row() RETURNS trigger LANGUAGE plpgsql AS
                $$BEGIN RAISE EXCEPTION 'not this one'; END$$;
            CREATE CONSTRAINT TRIGGER late AFTER INSERT ON trades DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW WHEN (NEW.id = 't7') EXECUTE FUNCTION reject_row()
            """)
        let lines = (0..<20).map { Line.trade("t\($0)") } + [Line.mark(20)]
        let child = try database.start(
            ["--pass-after", "1m", "--rejects", directory.file("rejects")], input: .text(lines.asLines))
        #expect(try child.wait() == .status(0), "\(child.errors)")
        #expect(child.output == lines.filter { !$0.contains("\"t7\"") }.asLines)
        #expect(try database.rows("SELECT count(*), max(seq) FROM trades") == ["19|1"])
        #expect(try database.rows("SELECT seq FROM cursors") == ["20"])
        #expect(try directory.read("rejects").contains("not this one [P0001]"))
    }

    @Test(arguments: Backend.available)
    func rejectsTheSecondOfTwoConflictingRows(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        try database.makeStore().open()
        try database.execute("CREATE UNIQUE INDEX one_each ON trades (asset_id, tx_hash, price)")
        let lines = (0..<9).map { Line.trade("t\($0)", price: $0 == 7 ? "0.2" : "0.\($0 + 1)") }
        let child = try database.start(
            ["--pass-after", "1m"], input: .text((lines + [Line.mark(9)]).asLines))
        #expect(try child.wait() == .status(0), "\(child.errors)")
        #expect(child.output == (lines.filter { !$0.contains("\"t7\"") } + [Line.mark(9)]).asLines)
        #expect(try database.value("SELECT count(*) FROM trades") == "8")
    }

    @Test(.enabled(if: Executables.installed("strace") != nil, "strace is not installed"))
    func syncsARejectBeforeTheCursorPassesIt() throws {
        let database = try TestDatabase(.sqlite)
        let directory = try TemporaryDirectory()
        try database.makeStore().open()
        let (trace, rejects) = (directory.file("trace"), directory.file("rejects"))
        let child = try ChildProcess(
            try #require(Executables.installed("strace")),
            [
                "-f", "-y", "-o", trace, "-e", "trace=fdatasync,pwrite64", Executables.path("pm-store"),
                "--database", database.url, "--rejects", rejects,
            ], input: .text(["nonsense", Line.trade("a"), Line.mark(2)].asLines))
        #expect(try child.wait() == .status(0), "\(child.errors)")
        let calls = try directory.read("trace").split(separator: "\n")
        let synced = try #require(calls.firstIndex { $0.contains("fdatasync") && $0.contains("/rejects>") })
        let stored = try #require(calls.lastIndex { $0.contains("pwrite64") && $0.contains(".db-wal>") })
        #expect(synced < stored)
    }
}
