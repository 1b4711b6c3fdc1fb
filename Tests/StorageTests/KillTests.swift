import DatabaseFixtures
import Glibc
import TestSupport
import Testing

/// kill −9 at random times: all before the cursor is stored at any time, and everything at the end.
///
/// `PM_KILL_ROUNDS` sets the number of rounds; the default is 6.
struct KillTests {
    static let rounds = getenv("PM_KILL_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 6

    @Test(arguments: Backend.available)
    func killingTheStageLosesNothing(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        try database.makeStore().open()
        var hits = 0
        for _ in 0..<Self.rounds {
            let child = try startAfterCursor(of: database)
            try waitForARandomTime(of: child, on: database)
            child.kill(SIGKILL)
            hits += try child.wait() == .signal(SIGKILL) ? 1 : 0
            try expectComplete(database)
        }
        try finish(database)
        if Self.rounds > 6 { print("\(backend): \(hits) of \(Self.rounds) kills happened while it stored") }
    }

    @Test(.enabled(if: TemporaryPostgres.isInstalled))
    func killingTheServerLosesNothing() throws {
        let server = try TemporaryPostgres()
        let database = try TestDatabase(.postgres, on: server)
        try database.makeStore().open()
        for round in 0..<Self.rounds {
            let child = try startAfterCursor(of: database)
            try waitForARandomTime(of: child, on: database)
            switch round % 3 {
            case 0: try killBackends(of: database)
            case 1: try server.replaceKilled()
            default: try server.restart(.immediate)
            }
            let isKilled = round.isMultiple(of: 2)
            if isKilled { child.kill(SIGKILL) }
            let exit = try child.wait()
            #expect(exit == .status(0) || isKilled, "\(child.errors)")
            try expectComplete(database)
        }
        try finish(database)
    }

    /// Starts pm-store with more lines than it can store before it is killed.
    private func startAfterCursor(of database: TestDatabase) throws -> ChildProcess {
        let cursor = try cursor(of: database)
        return try database.start(
            ["--quiet", "--max-batch", "50"], input: .text(Journal.lines(cursor + 1...cursor + 7000)))
    }

    /// Waits, in three of four cases until pm-store has stored something, in the others not.
    private func waitForARandomTime(of child: ChildProcess, on database: TestDatabase) throws {
        let count = "SELECT count(*) FROM trades"
        let before = try query(database, count)
        if Int.random(in: 0..<4) > 0 {
            _ = try eventually { try query(database, count) != before || !child.isRunning }
        }
        usleep(.random(in: 0...100_000))  // a random time is the subject
    }

    /// Kills the server processes of pm-store. PostgreSQL then ends all sessions, and recovers from its log.
    private func killBackends(of database: TestDatabase) throws {
        let pids = try query(
            database,
            """
            SELECT coalesce(string_agg(pid::text, ' '), '') FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'pm-store'
            """)
        for pid in pids.split(separator: " ").compactMap({ pid_t($0) }) { kill(pid, SIGKILL) }
    }

    /// Returns the first row, as soon as the server has recovered.
    private func query(_ database: TestDatabase, _ sql: String) throws -> String {
        var answer: String?
        _ = eventually {
            answer = try? database.value(sql)
            return answer != nil
        }
        return try #require(answer, "no answer to \(sql)")
    }

    private func cursor(of database: TestDatabase) throws -> Int {
        try #require(Int(query(database, "SELECT coalesce(max(seq), 0) FROM cursors")))
    }

    /// Expects every trade up to the cursor to be stored.
    private func expectComplete(_ database: TestDatabase) throws {
        let cursor = try cursor(of: database)
        #expect(try query(database, "SELECT count(*) FROM trades WHERE seq <= \(cursor)") == String(cursor))
    }

    private func finish(_ database: TestDatabase) throws {
        let stored = try query(database, "SELECT coalesce(max(seq), 0) FROM trades")
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

/// The lines of a journal of pm-ingest: trades, and a mark after every seventh.
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
