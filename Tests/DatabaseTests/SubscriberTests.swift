import Database
import DatabaseFixtures
import PMRecord
import Testing

struct SubscriberTests {
    @Test(arguments: Backend.available)
    func savesReplacesAndRemoves(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        let store = try database.makeStore()
        var full = AlertSetting(channel: .discord, target: "/etc/pm/discord", types: ["WHALE_MOVEMENT"])
        full.minValue = Decimal("2500.50")
        full.maxPrice = Decimal("0.9")
        full.tiers = ["GOD_WHALE", "WHALE"]
        full.sides = ["BUY"]
        full.roles = "maker"
        full.wallets = ["0xw"]
        full.markets = ["will-it-rain"]
        full.categories = ["sports", "us-politics"]
        full.cooldown = .milliseconds(90_500)
        var ann = Subscriber(
            name: "ann", createdAt: Timestamp("2026-11-22T10:00:00.125Z")!,
            settings: [
                full,
                AlertSetting(channel: .email, target: "ann@example.org", types: ["A", "B"]),
            ])
        let bob = Subscriber(name: "bob", createdAt: Timestamp("2026-11-22T11:00:00Z")!, settings: [])
        #expect(try store.subscribers().isEmpty)
        try store.save(bob)
        try store.save(ann)
        #expect(try store.subscribers() == [ann, bob])

        ann.settings.removeFirst()
        var later = ann
        later.createdAt = Timestamp("2026-12-22T10:00:00Z")!
        try store.save(later)
        #expect(try store.subscribers() == [ann, bob])

        #expect(try store.removeSubscriber(named: "ann") == true)
        #expect(try store.removeSubscriber(named: "ann") == false)
        #expect(try store.subscribers() == [bob])
        #expect(try database.value("SELECT count(*) FROM alert_settings") == "0")
    }
}
