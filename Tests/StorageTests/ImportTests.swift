import DatabaseFixtures
import Glibc
import TestSupport
import Testing

struct ImportTests {
    private static let names = ["trades_market", "trades_tier", "trades_time", "trades_wallet"]

    private func indexes(of database: TestDatabase) throws -> [String] {
        switch database.backend {
        case .sqlite:
            try database.rows(
                "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'trades' AND sql IS NOT NULL ORDER BY 1"
            )
        case .postgres:
            try database.rows("SELECT indexname FROM pg_indexes WHERE tablename = 'trades' ORDER BY 1")
        }
    }

    private var lines: [String] {
        (0..<500).flatMap {
            [Line.trade("t\($0)", revision: 0), Line.trade("t\($0)", revision: 1), Line.mark($0)]
        }
    }

    @Test(arguments: Backend.available)
    func storesAndThenBuildsTheIndexes(_ backend: Backend) throws {
        let (plain, imported) = (try TestDatabase(backend), try TestDatabase(backend))
        #expect(try plain.start(["--quiet"], input: .text(lines.asLines)).wait() == .status(0))
        for _ in 0..<2 {
            let child = try imported.start(["--max-batch", "97", "import"], input: .text(lines.asLines))
            #expect(try child.wait() == .status(0), "\(child.errors)")
            for table in ["trades", "wallets", "markets"] {
                let columns = table == "trades" ? "id, revision, time, record" : "*"
                let sql = "SELECT \(columns) FROM \(table) ORDER BY 1"
                #expect(try imported.rows(sql) == plain.rows(sql))
            }
            #expect(try imported.rows("SELECT seq FROM cursors") == ["499"])
            #expect(try indexes(of: imported) == indexes(of: plain))
            #expect(try Set(indexes(of: imported)).isSuperset(of: Self.names))
        }
        #expect(try imported.tableNames.sorted() == plain.tableNames.sorted())
    }

    @Test(arguments: Backend.available)
    func theNextStartBuildsTheIndexesOfAnInterruptedImport(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        let child = try database.start(["import"], input: .pipe)
        try child.write(Line.trade("a") + "\n")
        #expect(eventually { (try? database.rows("SELECT id FROM trades")) == ["a"] })
        #expect(try Set(indexes(of: database)).isDisjoint(with: Self.names))
        child.kill(SIGKILL)
        _ = try child.wait()
        #expect(try database.start(input: .text(Line.trade("b") + "\n")).wait() == .status(0))
        #expect(try Set(indexes(of: database)).isSuperset(of: Self.names))
        #expect(try database.rows("SELECT id FROM trades ORDER BY id") == ["a", "b"])
    }
}
