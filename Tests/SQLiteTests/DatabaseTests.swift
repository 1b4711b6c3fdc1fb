import Glibc
import SQLite
import TestSupport
import Testing

struct DatabaseTests {
    let directory = try! TemporaryDirectory()
    var path: String { directory.file("t.sqlite") }

    @Test func storesEveryType() throws {
        let database = try Database(":memory:")
        try database.execute("CREATE TABLE t (a, b, c, d)")
        let insert = try database.prepare("INSERT INTO t VALUES (?, ?, ?, ?)")
        try insert.bind("naïve €", at: 1)
        try insert.bind(Int64.max, at: 2)
        try insert.bind(0.1, at: 3)
        try insert.bindNull(at: 4)
        try insert.run()
        try insert.run()  // without bindings
        #expect(database.changes == 1)

        let rows = try database.prepare("SELECT a, b, c, d FROM t ORDER BY rowid")
        #expect(try rows.step() == true)
        #expect(rows.columnCount == 4)
        #expect(rows.text(0) == "naïve €")
        #expect(rows.integer(1) == .max)
        #expect(rows.text(2) == "0.1")
        #expect(rows.text(3) == nil && rows.integer(3) == nil)
        #expect(try rows.step() == true)
        #expect(rows.text(0) == nil)
        #expect(try rows.step() == false)
    }

    @Test(arguments: [("", 1), ("a\0b", 1), ("\0", 1), ("\u{1F40B} €", 1), ("x", 1 << 20)])
    func storesTextByteForByte(part: String, count: Int) throws {
        let database = try Database(":memory:")
        let text = String(repeating: part, count: count)
        let bytes = Array(text.utf8)
        let echo = try database.prepare("SELECT ?1, typeof(?1), length(CAST(?1 AS BLOB))")

        func expectEcho(_ echo: borrowing Statement) throws(SQLiteError) {
            #expect(try echo.step() == true)
            #expect(echo.withBytes(0) { $0.map(Array.init) } == bytes)
            #expect(echo.text(0) == text)
            #expect(echo.text(1) == "text")
            #expect(echo.integer(2) == Int64(bytes.count))
        }
        try echo.bind(text, at: 1)
        try expectEcho(echo)
        echo.reset()
        try bytes.withUnsafeBytes {
            try echo.bind(borrowing: $0, at: 1)
            try expectEcho(echo)
        }
    }

    @Test func aNewFileIsAccessibleToItsOwnerOnly() throws {
        let database = try Database(path)
        #expect(try database.text("PRAGMA journal_mode = WAL") == "wal")
        try database.execute("CREATE TABLE t (a)")
        for name in ["t.sqlite", "t.sqlite-wal", "t.sqlite-shm"] {
            var facts = stat()
            #expect(stat(directory.file(name), &facts) == 0)
            #expect(facts.st_mode & 0o777 == 0o600, "\(name)")
        }
    }

    @Test func aReaderCannotWrite() throws {
        try Database(path).execute("CREATE TABLE t (a); PRAGMA user_version = 7")
        let reader = try Database(path, access: .readOnly)
        #expect(try reader.integer("PRAGMA user_version") == 7)
        let error = #expect(throws: SQLiteError.self) { try reader.execute("INSERT INTO t VALUES (1)") }
        #expect(error?.code == 8)  // SQLITE_READONLY
        #expect(error?.kind == .other)
    }

    @Test func aReaderDoesNotCreateTheFile() {
        let error = #expect(throws: SQLiteError.self) { _ = try Database(path, access: .readOnly) }
        #expect(error?.systemError == ENOENT)
        #expect(Glibc.access(path, F_OK) != 0)
    }

    @Test func reportsAMissingFolder() {
        let error = #expect(throws: SQLiteError.self) { _ = try Database("/nowhere/t.sqlite") }
        #expect(error?.systemError == ENOENT)
        #expect(error?.kind == .other)
    }

    @Test func aTransactionIsAtomic() throws {
        struct OwnError: Error { var cause: SQLiteError? }
        let database = try Database(path)
        try database.execute("CREATE TABLE t (a UNIQUE)")
        try database.transaction { database throws(SQLiteError) in
            try database.execute("INSERT INTO t VALUES (1)")
        }
        #expect(throws: SQLiteError.self) {
            try database.transaction { database throws(SQLiteError) in
                try database.execute("INSERT INTO t VALUES (2)")
                try database.execute("INSERT INTO t VALUES (1)")
            }
        }
        #expect(throws: OwnError.self) {
            try database.transaction(failure: { OwnError(cause: $0) }) { database throws(OwnError) in
                do throws(SQLiteError) { try database.execute("INSERT INTO t VALUES (3)") } catch {
                    throw OwnError()
                }
                throw OwnError()
            }
        }
        #expect(database.isInTransaction == false)
        #expect(try database.integer("SELECT count(*) FROM t") == 1)
    }
}
