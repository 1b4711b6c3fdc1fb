import Database
import DatabaseFixtures
import Foundation
import PMRecord
import Testing

/// Upgrades of databases that earlier programs created: `Versions/` has dumps of them by schema version.
struct UpgradeTests {
    /// Returns a database as the program of that version left it.
    private func database(_ backend: Backend, version: Int) throws -> TestDatabase {
        let database = try TestDatabase(backend)
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Versions")
        let dump = folder.appending(path: "\(version).\(backend.rawValue).sql")
        try database.execute(String(contentsOf: dump, encoding: .utf8))
        if backend == .sqlite { try database.execute("PRAGMA journal_mode = WAL") }
        return database
    }

    @Test(arguments: Backend.available)
    func aSubscriberOfVersion1KeepsItsSettings(_ backend: Backend) throws {
        let database = try database(backend, version: 1)
        let store = try database.makeStore()
        var setting = AlertSetting(
            channel: .webhook, target: "/etc/pm/secret", types: ["WHALE_MOVEMENT", "SMART_MONEY_ENTRY"])
        setting.minValue = PMRecord.Decimal("2500.50")
        setting.tiers = ["WHALE"]
        #expect(try store.subscribers().map(\.settings) == [[setting]])
        setting.sides = ["BUY"]
        setting.cooldown = .seconds(60)
        var ann = try #require(try store.subscribers().first)
        ann.settings = [setting]
        try store.save(ann)
        #expect(try database.makeStore().subscribers() == [ann])
    }

    @Test(arguments: Backend.available)
    func tradesOfVersion3StayAndCount(_ backend: Backend) throws {
        let database = try database(backend, version: 3)
        // a view of the user's own, on ours
        try database.execute("CREATE VIEW largest AS SELECT id, value FROM whale_trades")
        let store = try database.makeStore()
        let maker = Line.trade("c", wallet: "0xw3", more: #","role":"maker","market_type":"combo""#)
        try store.save(Batch(lines: [maker, Line.mark(3)]))
        #expect(
            try database.rows("SELECT id, role, market_type FROM trades ORDER BY id")
                == ["a||", "b||", "c|maker|combo"])
        #expect(try database.rows("SELECT id FROM largest") == ["a"])
        #expect(
            try database.rows("SELECT outcome, trades FROM market_flow ORDER BY outcome")
                == ["No|1", "Yes|1"])
        #expect(try store.cursors().map(\.seq) == [3])
    }

    @Test(arguments: Backend.available)
    func aReaderWorksBeforeTheUpgrade(_ backend: Backend) throws {
        let database = try database(backend, version: 3)
        let reader = try database.makeStore(for: .reading)
        #expect(try reader.page(of: TradeSelection(), after: nil, limit: 10).count == 2)
        #expect(try reader.inspect().last?.contains("migrate it to version \(Migration.newest)") == true)
    }

    @Test(arguments: Backend.available)
    func tradesOfVersion4HaveTheColumnsOfTheViews(_ backend: Backend) throws {
        let database = try database(backend, version: 4)
        try database.execute("CREATE VIEW largest AS SELECT id, tags FROM whale_trades")
        try database.makeStore().open()
        #expect(
            try database.rows(
                """
                SELECT id, category, CAST(100 * win_rate AS integer), CAST(10 * total_profit AS integer),
                    CAST(100 * slippage AS integer), role
                FROM trade_details ORDER BY id
                """) == ["a|Weather|75|600005|125|taker", "b|Weather||||maker"])
        #expect(
            try database.rows("SELECT tag FROM trade_tags ORDER BY tag") == [
                "SMART_MONEY", "SWEEPER", "WHALE",
            ])
        #expect(try database.rows("SELECT id FROM largest") == ["a"])
        #expect(try database.makeStore().cursors().map(\.seq) == [3])
    }

    /// A step fails as a whole, and the next start begins it again.
    @Test(arguments: Backend.available)
    func anInterruptedUpgradeLeavesTheOldVersion(_ backend: Backend) throws {
        let database = try database(backend, version: 4)
        let tables = try database.tableNames.sorted()
        // the last view of version 5 cannot be created
        try database.execute("CREATE VIEW coverage_by_day AS SELECT 1 AS one")
        let error = #expect(throws: StoreError.self) { try database.makeStore().open() }
        #expect(error?.kind == .schema)
        #expect(try database.tableNames.sorted() == tables)
        #expect(try database.makeStore().inspect().last?.contains("version 4") == true)
        try database.execute("DROP VIEW coverage_by_day")
        try database.makeStore().open()
        #expect(try database.value("SELECT count(*) FROM trade_details") == "2")
    }

    @Test(arguments: Backend.available)
    func theUpgradeOfVersion4DoesNotWaitForReaders(_ backend: Backend) throws {
        let database = try database(backend, version: 4)
        try database.whileReading("whale_trades") { try database.makeStore().open() }
        #expect(try database.value("SELECT count(*) FROM trade_details") == "2")
    }
}
