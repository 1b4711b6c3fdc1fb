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
}
