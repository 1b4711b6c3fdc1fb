import DatabaseFixtures
import Glibc
import TestSupport
import Testing

/// kill −9 at any moment: what the cursor vouches for is stored, and the whole is stored in the end.
///
/// A sample in every run; `PM_KILL_ROUNDS=300` for the long one.
struct KillTests {
    static let rounds = getenv("PM_KILL_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 6

    @Test(arguments: Backend.available)
    func ofTheStageItself(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        try database.makeStore().open()
        var hits = 0
        for _ in 0..<Self.rounds {
            let child = try startAfterCursor(of: database)
            try waitForSomeMoment(of: child, on: database)
            child.kill(SIGKILL)
            hits += try child.wait() == .signal(SIGKILL) ? 1 : 0
            try expectSound(database)
        }
        try finish(database)
        if Self.rounds > 6 { print("\(backend): \(hits) of \(Self.rounds) kills came while it stored") }
    }

    @Test(.enabled(if: TemporaryPostgres.isInstalled))
    func ofTheServersProcesses() throws {
        let server = try TemporaryPostgres()
        let database = try TestDatabase(.postgres, on: server)
        try database.makeStore().open()
        for round in 0..<Self.rounds {
            let child = try startAfterCursor(of: database)
            try waitForSomeMoment(of: child, on: database)
            switch round % 3 {
            case 0: try killBackends(of: database)
            case 1: try server.replaceKilled()
            default: try server.restart(.immediate)
            }
            let isKilled = round.isMultiple(of: 2)
            if isKilled { child.kill(SIGKILL) }
            let exit = try child.wait()
            #expect(exit == .status(0) || isKilled, "\(child.errors)")
            try expectSound(database)
        }
        try finish(database)
    }

    /// More than it can store before it is killed.
    private func startAfterCursor(of database: TestDatabase) throws -> ChildProcess {
        let cursor = try cursor(of: database)
        return try database.start(
            ["--quiet", "--max-batch", "50"], input: .text(Journal.lines(cursor + 1...cursor + 7000)))
    }

    /// Mostly while it stores, and now and then while it is still starting.
    private func waitForSomeMoment(of child: ChildProcess, on database: TestDatabase) throws {
        let count = "SELECT count(*) FROM trades"
        let before = try ask(database, count)
        if Int.random(in: 0..<4) > 0 {
            _ = try eventually { try ask(database, count) != before || !child.isRunning }
        }
        usleep(.random(in: 0...100_000))
    }

    /// PostgreSQL then ends all its sessions, and recovers from its log.
    private func killBackends(of database: TestDatabase) throws {
        let pids = try ask(
            database,
            """
            SELECT coalesce(string_agg(pid::text, ' '), '') FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'pm-store'
            """)
        for pid in pids.split(separator: " ").compactMap({ pid_t($0) }) { kill(pid, SIGKILL) }
    }

    /// The first field of the answer, however long a server recovers before it answers.
    private func ask(_ database: TestDatabase, _ sql: String) throws -> String {
        var answer: String?
        _ = eventually {
            answer = try? database.value(sql)
            return answer != nil
        }
        return try #require(answer, "no answer to \(sql)")
    }

    private func cursor(of database: TestDatabase) throws -> Int {
        try #require(Int(ask(database, "SELECT coalesce(max(seq), 0) FROM cursors")))
    }

    /// Nothing that the cursor vouches for is missing.
    private func expectSound(_ database: TestDatabase) throws {
        let cursor = try cursor(of: database)
        #expect(try ask(database, "SELECT count(*) FROM trades WHERE seq <= \(cursor)") == String(cursor))
    }

    private func finish(_ database: TestDatabase) throws {
        let stored = try ask(database, "SELECT coalesce(max(seq), 0) FROM trades")
        let last = Journal.lastMark(after: try #require(Int(stored)))
        let lines = Journal.lines(try cursor(of: database) + 1...last)
        let child = try database.start(["--quiet"], input: .text(lines))
        #expect(try child.wait() == .status(0), "\(child.errors)")
        #expect(
            try database.rows("SELECT count(*), count(DISTINCT seq), min(seq), max(seq) FROM trades")
                == ["\(last)|\(last)|1|\(last)"])
        #expect(try cursor(of: database) == last)
    }
}

/// What pm-ingest's journal would give: trades, and a mark after every seventh.
private enum Journal {
    private static let step = 7

    static func lines(_ numbers: ClosedRange<Int>) -> String {
        numbers.map { seq in
            let trade = Line.trade("t\(seq)").replacing(#""seq":1"#, with: #""seq":\#(seq)"#) + "\n"
            return seq.isMultiple(of: step) ? trade + Line.mark(seq) + "\n" : trade
        }.joined()
    }

    static func lastMark(after seq: Int) -> Int { (seq / step + 1) * step }
}
