import Database
import DatabaseFixtures
import Foundation
import PMRecord
import Testing

/// Databases that an older program made, as it left them: `Versions/` has one of each version.
struct UpgradeTests {
    @Test(arguments: Backend.available)
    func aSubscriberOfTheFirstVersionIsStillToldTheSame(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Versions")
        try database.execute(
            String(contentsOf: folder.appending(path: "1.\(backend.rawValue).sql"), encoding: .utf8))
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
}
