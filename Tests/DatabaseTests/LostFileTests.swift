import Database
import DatabaseFixtures
import Glibc
import Testing

/// A SQLite file that is deleted or replaced while a store has it open.
struct LostFileTests {
    private let database: TestDatabase
    private let store: any Store

    init() throws {
        database = try TestDatabase(.sqlite)
        store = try database.makeStore()
        try store.save(Batch(lines: [Line.trade("a"), Line.mark(1)]))
    }

    private func expectLoss(_ verb: String, _ body: () throws -> Void) {
        let error = #expect(throws: StoreError.self) { try body() }
        #expect(error?.kind == .unavailable)
        #expect(error?.message == "\(database.path) was \(verb) while it was in use")
    }

    @Test(arguments: [[""], ["", "-wal", "-shm"]])
    func aDeletedFileIsRestored(_ suffixes: [String]) throws {
        for suffix in suffixes { unlink(database.path + suffix) }
        let batch = try Batch(lines: [Line.trade("b"), Line.mark(2)])
        expectLoss("deleted") { try store.save(batch) }
        try store.save(batch)
        #expect(try database.rows("SELECT id FROM trades ORDER BY id") == ["a", "b"])
        #expect(try store.cursors().map(\.seq) == [2])
        var status = stat()
        #expect(stat(database.path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        #expect(try database.fileBytes.keys.allSatisfy { !$0.contains("restored") })
        try store.save(Batch(lines: [Line.trade("c"), Line.mark(3)]))
        #expect(try database.value("SELECT count(*) FROM trades") == "3")
    }

    @Test func aFileThatLacksStoredRecordsIsNotContinued() throws {
        rename(database.path, database.path + ".moved")
        try database.execute("CREATE TABLE restored (a integer)")
        let batch = try Batch(lines: [Line.trade("b"), Line.mark(2)])
        expectLoss("replaced") { try store.save(batch) }
        let error = #expect(throws: StoreError.self) { try store.save(batch) }
        #expect(error?.kind == .replaced)
        #expect(error?.asStageError.status == .tryAgain)
    }

    @Test func aFileWithTheSameRecordsIsContinued() throws {
        try database.execute("VACUUM INTO '\(database.path).copy'")
        rename(database.path + ".copy", database.path)
        for suffix in ["-wal", "-shm"] { unlink(database.path + suffix) }
        let batch = try Batch(lines: [Line.trade("b"), Line.mark(2)])
        expectLoss("replaced") { try store.save(batch) }
        try store.save(batch)
        #expect(try database.rows("SELECT id FROM trades ORDER BY id") == ["a", "b"])
    }

    @Test func aReaderOpensTheNewFile() throws {
        let reader = try database.makeStore(for: .reading)
        #expect(try reader.cursors().map(\.seq) == [1])
        unlink(database.path)
        expectLoss("deleted") { _ = try reader.cursors() }
        #expect(throws: StoreError.self) { _ = try reader.cursors() }
        expectLoss("deleted") { try store.save(Batch(lines: [Line.mark(2)])) }
        try store.save(Batch(lines: [Line.mark(2)]))
        #expect(try reader.cursors().map(\.seq) == [2])
    }
}
