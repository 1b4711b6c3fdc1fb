import Database
import DatabaseFixtures
import Synchronization
import Testing

struct MigrationTests {
    @Test(arguments: Backend.available)
    func createsTheSchemaOnce(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        for _ in 0..<2 { try database.makeStore().open() }
        for table in [Table.trades, .wallets, .markets, .cursors] {
            let names = table.columns.map { "\"\($0.name)\"" }.joined(separator: ", ")
            #expect(try database.rows("SELECT \(names) FROM \(table.name)").isEmpty)
        }
        #expect(try database.rows("SELECT * FROM users").isEmpty)
        #expect(try database.rows("SELECT * FROM alert_settings").isEmpty)
    }

    @Test(arguments: Backend.available, [1000, -1])
    func rejectsADatabaseOfAnUnknownVersion(_ backend: Backend, version: Int) throws {
        let database = try TestDatabase(backend)
        try database.makeStore().open()
        switch backend {
        case .sqlite: try database.execute("PRAGMA user_version = \(version)")
        case .postgres: try database.execute("UPDATE pm_schema SET version = \(version)")
        }
        for access in [StoreAccess.writing, .reading] {
            let error = #expect(throws: StoreError.self) { try database.makeStore(for: access).open() }
            #expect(error?.kind == .schema)
            #expect(error?.asStageError.status == .configuration)
            #expect(error?.message.contains("version \(version)") == true)
        }
    }

    @Test(arguments: Backend.available)
    func aReaderCreatesNothing(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        try database.execute("CREATE TABLE foreign_table (a integer)")
        let error = #expect(throws: StoreError.self) { _ = try database.makeStore(for: .reading).cursors() }
        #expect(error?.kind == .schema)
        #expect(try database.tableNames == ["foreign_table"])
    }

    @Test(arguments: Backend.available)
    func rejectsForeignTables(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        try database.execute("CREATE TABLE markets (a integer)")
        let error = #expect(throws: StoreError.self) { try database.makeStore().open() }
        #expect(error?.kind == .schema)
        try database.execute("DROP TABLE markets")
        try database.makeStore().open()
    }

    /// A database in which a name is taken is left as it was.
    @Test(
        arguments: Backend.available,
        [
            "CREATE TABLE trades (a integer)",
            "CREATE TABLE own (a integer); CREATE VIEW coverage AS SELECT a FROM own",
            "CREATE TABLE own (a integer); CREATE INDEX alerts_time ON own (a)",
        ])
    func leavesARefusedDatabaseAsItWas(_ backend: Backend, script: String) throws {
        let database = try TestDatabase(backend)
        try database.execute(script)
        let (tables, bytes) = (try database.tableNames, try database.fileBytes)
        for _ in 0..<2 {
            let error = #expect(throws: StoreError.self) { try database.makeStore().open() }
            #expect(error?.kind == .schema)
            #expect(error?.message.contains("tables of its own") == true, "\(error?.message ?? "")")
        }
        #expect(try database.tableNames == tables)
        #expect(try database.fileBytes == bytes)
    }

    @Test func aNewFileHasPagesThatTradesFill() throws {
        let database = try TestDatabase(.sqlite)
        try database.makeStore().open()
        #expect(try database.value("PRAGMA page_size") == "8192")
    }

    @Test func refusesTheFileOfAnotherProgramThatCountsVersions() throws {
        let database = try TestDatabase(.sqlite)
        try database.execute("CREATE TABLE own (a integer); PRAGMA user_version = 3")
        let bytes = try database.fileBytes
        let error = #expect(throws: StoreError.self) { try database.makeStore().open() }
        #expect(error?.message == "the database is at version 3 of another program's schema")
        #expect(try database.fileBytes == bytes)
    }

    @Test(arguments: Backend.available)
    func severalProgramsThatStartTogetherCreateOneSchema(_ backend: Backend) async throws {
        let database = try TestDatabase(backend)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<4 {
                group.addTask {
                    let store = try database.makeStore()
                    try store.save(Batch(lines: [Line.trade("t\(number)")]))
                }
            }
            try await group.waitForAll()
        }
        #expect(try database.value("SELECT count(*) FROM trades") == "4")
    }
}
