import DatabaseFixtures
import TestSupport
import Testing

/// Rows that the database itself will not have: there, it is a user's constraint.
struct PoisonTests {
    @Test(arguments: Backend.available)
    func onlyTheBadRowsAreSetAsideInFewRequests(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        let directory = try TemporaryDirectory()
        try database.makeStore().open()
        try database.refuseTrades(where: "price = 0.99")
        let bad: Set = [100, 101, 3000]
        var lines = (0..<4000).map { Line.trade("t\($0)", price: bad.contains($0) ? "0.99" : "0.5") }
        lines.append(Line.mark(4000))
        let child = try database.start(
            ["--rejects", directory.file("rejects"), "--status-dir", directory.path],
            input: .text(lines.asLines))
        #expect(try child.wait() == .status(0))

        let good = lines.enumerated().filter { !bad.contains($0.offset) }.map(\.element)
        #expect(child.output == good.asLines)
        #expect(try database.value("SELECT count(*) FROM trades") == "3997")
        #expect(try database.rows("SELECT seq FROM cursors") == ["4000"])
        let rejects = try directory.read("rejects").split(separator: "\n")
        #expect(rejects.count == 3)
        #expect(rejects.allSatisfy { $0.contains(backend == .postgres ? "[23514]" : "[SQLite") })
        #expect(try number("round_trips", in: directory.read("pm-store.json")) < 90)

        try database.refuseTrades(where: nil)
        let again = try database.start(["--quiet"], input: .file(directory.file("rejects")))
        #expect(try again.wait() == .status(0))
        #expect(try database.value("SELECT count(*) FROM trades") == "4000")
    }

    private func number(_ name: String, in status: String) -> Int {
        status.firstMatch(of: try! Regex("\"\(name)\":([0-9]+)", as: (Substring, Substring).self))
            .flatMap { Int($0.1) } ?? .max
    }
}

extension TestDatabase {
    /// Has the database refuse trades, or no more.
    func refuseTrades(where condition: String?) throws {
        switch (backend, condition) {
        case (.postgres, let condition?):
            try execute("ALTER TABLE trades ADD CONSTRAINT odd CHECK (NOT (\(condition)))")
        case (.postgres, nil): try execute("ALTER TABLE trades DROP CONSTRAINT odd")
        case (.sqlite, let condition?):
            try execute(
                """
                CREATE TRIGGER odd BEFORE INSERT ON trades WHEN NEW.\(condition)
                BEGIN SELECT RAISE(ABORT, 'odd'); END
                """)
        case (.sqlite, nil): try execute("DROP TRIGGER odd")
        }
    }
}
