import AlertFixtures
import Alerting
import Database
import PMJSON
import PMRecord
import TestSupport
import Testing

/// The rows of a match: one of its taker and one of each maker.
struct RoleTests {
    private let start = ContinuousClock.now
    private let clock = Timestamp(milliseconds: 1_790_000_000_000)
    private static let follower = "0x00000000000000000000000000000000000000aa"

    /// A mint: the taker buys Yes, and five makers buy No at the higher price.
    private static let match: [TradeLine] =
        [.make { $0.role = "taker" }]
        + (0..<5).map { number in
            .make {
                $0.id = "maker\(number)"
                $0.role = "maker"
                $0.wallet = number == 3 ? Self.follower : "0x\(number)"
                $0.outcome = "No"
                $0.value = "\(20_000 + number)"
            }
        }

    /// - Returns: The alerts about the match with its rows in this order, with all follow-ups.
    private func alerts(_ rows: [TradeLine] = Self.match, _ change: (inout RouteFilter) -> Void)
        -> [RoutedAlert]
    {
        var rules = Rules()
        var filter = RouteFilter()
        change(&filter)
        let channel = ChannelAddress(.webhook, "/all")
        rules.recipients = [Recipient(name: "ada", routes: [.init(channel, filter: filter)])]
        let first = rows.flatMap { rules.consider($0.trade, at: start, clock: clock) }
        return first + rules.release(at: start, clock: clock)
    }

    @Test(arguments: [Self.match, Self.match.reversed(), Self.match.filter { $0.role == "taker" }])
    func aMatchIsOneAlertOfTheTakersValue(rows: [TradeLine]) {
        var rules = Rules()
        let broadcast = rows.flatMap { rules.consider($0.trade, at: start, clock: clock) }
        #expect(rules.deadline == nil)
        for alerts in [broadcast, alerts(rows) { _ in }] {
            #expect(
                alerts.map(\.alert.message)
                    == ["Mega whale buys $18,900 of Yes at 63¢: Will Malta win?"])
        }
    }

    @Test func aMakersTradeAddsNothingToABurstAndUsesNoCooldown() {
        let taken = TradeLine.make { $0.role = "taker" }
        let made = TradeLine.make {
            ($0.id, $0.role, $0.transaction, $0.value) = ("2", "maker", "0x2", "30000")
        }
        #expect(alerts([taken, made]) { $0.roles = nil }.map(\.alert.burst.count) == [1])
        #expect(alerts([made, taken]) { $0.cooldown = .seconds(60) }.map(\.alert.burst.value) == [18_900])
        // On request, what a wallet makes is an alert apart from what it takes.
        #expect(alerts([taken, made]) { $0.roles = .all }.map(\.alert.burst.count) == [1, 1])
    }

    @Test(
        arguments: [
            (roles: nil, wallets: [], alerted: ["BUY Yes"]),
            (roles: .taker, wallets: [], alerted: ["BUY Yes"]),
            (roles: .maker, wallets: [], alerted: ["No"]),
            (roles: .all, wallets: [], alerted: ["BUY Yes", "No"]),
            // A followed wallet causes alerts in any role, unless roles exclude it.
            (roles: nil, wallets: [Self.follower], alerted: ["No"]),
            (roles: .taker, wallets: [Self.follower], alerted: []),
        ] as [(roles: RoleChoice?, wallets: Set<String>, alerted: [String])])
    func aSubscriberChoosesTheRoles(roles: RoleChoice?, wallets: Set<String>, alerted: [String]) {
        let alerts = alerts { ($0.roles, $0.wallets) = (roles, wallets) }
        let first = alerts.filter { $0.alert.revision == 0 }
        #expect(first.count == alerted.count)
        #expect(Set(first.map(\.alert.id)).count == alerted.count)
        #expect(first.map { $0.alert.message.contains("as maker") } == alerted.map { $0 == "No" })
    }

    @Test func aTradeOfAnUnknownRoleCountsAsATakers() {
        #expect(alerts([.make()]) { $0.roles = .taker }.count == 1)
        #expect(alerts([.make()]) { $0.roles = .maker }.isEmpty)
    }

    @Test(arguments: [true, false])
    func explainNamesTheRoleAsTheReason(hasSubscriber: Bool) throws {
        var rules = Rules()
        if hasSubscriber {
            rules.recipients = [Recipient(name: "ada", routes: [.init(ChannelAddress(.webhook, "/all"))])]
        }
        let decision = rules.decide(Self.match[1].trade, at: start, clock: clock, isExplaining: true)
        let json = try JSON(Explanation(decision).line)
        let route = json["subscribers"]?.array?.first
        #expect((hasSubscriber ? route : json)?["reason"]?.string?.contains("role") == true)
        #expect(route?["told"]?.bool != true)
        #expect(decision.alerts.isEmpty)
    }

    @Test func aComboIsMarkedAndHasNoLinkWithoutASlug() throws {
        let directory = try TemporaryDirectory()
        let receiver = HTTPStub { _ in .reply(200, body: "ok") }
        try AlertProcess.subscribe("ada", to: receiver.url("/services/x"), as: "--slack-file", in: directory)
        let stage = try AlertProcess(in: directory)
        let combo = TradeLine.make {
            ($0.marketType, $0.slug, $0.eventSlug, $0.title) = ("combo", nil, nil, "Malta and Kast")
        }
        try stage.process.write(combo.line)
        #expect(eventually { stage.alerts.first?.outcome == "delivered" })
        let alert = try #require(stage.alerts.first)
        #expect(
            alert["message"]?.string == "Mega whale buys $18,900 of Yes at 63¢ in a combo: Malta and Kast")
        #expect(alert["market_type"]?.string == "combo")
        #expect(!receiver.requests[0].body.contains("polymarket.com/event"))
    }

    @Test(arguments: [("0.4975", "49.75¢"), ("0.0125", "1.25¢"), ("0.9875", "98.75¢"), ("0.5", "50¢")])
    func aPriceIsShownToTheTick(price: String, text: String) {
        var rules = Rules()
        let trade = TradeLine.make { $0.price = price }.trade
        let alert = rules.consider(trade, at: start, clock: clock).first?.alert
        #expect(alert?.message == "Mega whale buys $18,900 of Yes at \(text): Will Malta win?")
    }
}
