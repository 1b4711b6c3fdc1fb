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
        let journal = Journal(trades: 3000)
        let database = try TestDatabase(backend)
        for _ in 0..<Self.rounds {
            let child = try database.start(
                ["--quiet", "--max-batch", "50"], input: .text(journal.lines(after: try cursor(of: database)))
            )
            usleep(.random(in: 1000...120_000))
            child.kill(SIGKILL)
            try child.wait()
            try expectSound(database, journal)
        }
        try finish(database, journal)
    }

    @Test(.enabled(if: TemporaryPostgres.isInstalled))
    func ofTheServersProcesses() throws {
        let server = try TemporaryPostgres()
        let database = try TestDatabase(.postgres, on: server)
        let journal = Journal(trades: 3000)
        for round in 0..<Self.rounds {
            let child = try database.start(
                ["--quiet", "--max-batch", "20"], input: .text(journal.lines(after: try cursor(of: database)))
            )
            usleep(.random(in: 1000...120_000))
            if round.isMultiple(of: 2) {
                try server.restart(.immediate)
            } else {
                _ = try database.rows(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND application_name = 'pm-store'
                    """)
            }
            if round.isMultiple(of: 3) { child.kill(SIGKILL) }
            let exit = try child.wait(within: .seconds(60))
            #expect(exit == .status(0) || round.isMultiple(of: 3), "\(child.errors)")
            try expectSound(database, journal)
        }
        try finish(database, journal)
    }

    private func cursor(of database: TestDatabase) throws -> Int {
        try database.tableNames.contains("cursors")
            ? Int(database.value("SELECT coalesce(max(seq), 0) FROM cursors")) ?? 0 : 0
    }

    /// Nothing that the cursor vouches for is missing.
    private func expectSound(_ database: TestDatabase, _ journal: Journal) throws {
        guard try database.tableNames.contains("cursors") else { return }
        let cursor = try cursor(of: database)
        let stored = try database.value("SELECT count(*) FROM trades WHERE seq <= \(cursor)")
        #expect(stored == String(journal.trades(upTo: cursor)))
    }

    private func finish(_ database: TestDatabase, _ journal: Journal) throws {
        let last = try database.start(
            ["--quiet"], input: .text(journal.lines(after: try cursor(of: database))))
        #expect(try last.wait(within: .seconds(60)) == .status(0), "\(last.errors)")
        #expect(try database.value("SELECT count(*) FROM trades") == String(journal.trades(upTo: .max)))
        #expect(
            try database.value("SELECT count(DISTINCT seq) FROM trades") == String(journal.trades(upTo: .max))
        )
        #expect(try cursor(of: database) == journal.lastMark)
    }
}

/// What pm-ingest's journal would give: trades, and a mark after every seventh.
private struct Journal {
    let trades: Int
    private let step = 7

    var lastMark: Int { trades / step * step }

    func trades(upTo seq: Int) -> Int { min(seq, trades) }

    func lines(after cursor: Int) -> String {
        guard cursor < trades else { return "" }
        return ((cursor + 1)...trades).map { seq in
            let trade = Line.trade("t\(seq)").replacing(#""seq":1"#, with: #""seq":\#(seq)"#) + "\n"
            return seq.isMultiple(of: step) ? trade + Line.mark(seq) + "\n" : trade
        }.joined()
    }
}
