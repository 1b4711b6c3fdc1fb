import SQLite
import TestSupport
import Testing

struct SQLiteErrorTests {
    let directory = try! TemporaryDirectory()
    var path: String { directory.file("t.sqlite") }

    @Test(
        arguments: [
            ("INSERT INTO t VALUES (1, 'x')", 1555, .data),  // SQLITE_CONSTRAINT_PRIMARYKEY
            ("INSERT INTO t VALUES (2, NULL)", 1299, .data),  // SQLITE_CONSTRAINT_NOTNULL
            ("INSERT INTO t VALUES (2, zeroblob(2000000000))", 18, .data),  // SQLITE_TOOBIG
            ("INSERT INTO t VALUES ('x', 'x')", 20, .data),  // SQLITE_MISMATCH
            ("SELECT * FROM nowhere", 1, .schema),
            ("SELEKT", 1, .schema),
        ] as [(String, CInt, SQLiteError.Kind)])
    func everyErrorHasAKind(_ sql: String, code: CInt, kind: SQLiteError.Kind) throws {
        let database = try Database(":memory:")
        try database.execute(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a NOT NULL); INSERT INTO t VALUES (1, 'a')")
        let error = #expect(throws: SQLiteError.self) { try database.prepare(sql).run() }
        #expect(error?.code == code)
        #expect(error?.kind == kind)
    }

    @Test(arguments: ["", "-- nothing", "SELECT 1; SELECT 2"])
    func preparesOnlySingleStatements(_ sql: String) throws {
        let database = try Database(":memory:")
        #expect(throws: SQLiteError.self) { _ = try database.prepare(sql) }
    }

    @Test func aSecondWriterGetsATransientError() throws {
        let first = try Database(path)
        try first.execute("CREATE TABLE t (a)")
        let second = try Database(path, busyTimeout: .milliseconds(20))
        try first.execute("BEGIN IMMEDIATE")
        let error = #expect(throws: SQLiteError.self) {
            try second.transaction { database throws(SQLiteError) in
                try database.execute("INSERT INTO t VALUES (1)")
            }
        }
        #expect(error?.code == 5)  // SQLITE_BUSY
        #expect(error?.kind == .transient)
        try first.execute("ROLLBACK")
        try second.execute("INSERT INTO t VALUES (1)")
    }

    @Test func aFullDatabaseKeepsItsRows() throws {
        let database = try Database(path)
        try database.execute("CREATE TABLE t (a); INSERT INTO t VALUES ('kept'); PRAGMA max_page_count = 4")
        let error = #expect(throws: SQLiteError.self) {
            try database.transaction { database throws(SQLiteError) in
                let insert = try database.prepare("INSERT INTO t VALUES (zeroblob(4096))")
                for _ in 0..<10 { try insert.run() }
            }
        }
        #expect(error?.kind == .full)
        #expect(database.isInTransaction == false)
        #expect(try database.integer("SELECT count(*) FROM t") == 1)
    }

    @Test func aFileThatIsNotADatabaseIsCorrupt() throws {
        try directory.write(String(repeating: "not a database. ", count: 64), to: "t.sqlite")
        let database = try Database(path)
        let error = #expect(throws: SQLiteError.self) { _ = try database.integer("PRAGMA schema_version") }
        #expect(error?.kind == .corrupt)
    }
}
