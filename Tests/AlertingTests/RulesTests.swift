import AlertFixtures
import Alerting
import Database
import PMRecord
import Testing

struct RulesTests {
    fileprivate let start = ContinuousClock.now
    fileprivate let clock = Timestamp(milliseconds: 1_790_000_000_000)

    @Test(
        arguments: [
            (tier: "WHALE", tags: [], rule: "WHALE_MOVEMENT"),
            (tier: "GOD_WHALE", tags: ["SMART_MONEY"], rule: "WHALE_MOVEMENT"),
            (tier: nil, tags: ["SMART_MONEY"], rule: "SMART_MONEY_ENTRY"),
            (tier: nil, tags: ["FRESH_WALLET"], rule: nil),
            (tier: nil, tags: [], rule: nil),
        ] as [(tier: String?, tags: [String], rule: String?)])
    func aTradeMeetsTheRuleOfItsTierOrOfSmartMoneyNeverBoth(tier: String?, tags: [String], rule: String?) {
        var rules = Rules()
        let trade = TradeLine.make {
            $0.tier = tier
            $0.tags = tags
        }.trade
        let alerts = rules.consider(trade, at: start, clock: clock)
        #expect(alerts.map(\.alert.type.rawValue) == (rule.map { [$0] } ?? []))
    }

    @Test func aPendingWhaleWaitsForItsFinalRevision() {
        var rules = Rules()
        let pending = TradeLine.make { $0.enrichment = "pending" }
        #expect(rules.consider(pending.trade, at: start, clock: clock).isEmpty)
        #expect(rules.deadline == start + .seconds(3))
        let alerts = rules.consider(pending.enriched.trade, at: start + .seconds(1), clock: clock)
        #expect(alerts.map(\.alert.revision) == [0])
        #expect(alerts.first?.alert.trade.walletName == "Theo")
        #expect(rules.deadline == nil)
    }

    @Test func aWhaleThatHasWaitedIsAnAlertWithoutItsWalletAndAFollowUpWithIt() {
        var rules = Rules()
        let pending = TradeLine.make { $0.enrichment = "pending" }
        _ = rules.consider(pending.trade, at: start, clock: clock)
        #expect(rules.expire(at: start + .milliseconds(2999), clock: clock).isEmpty)
        let first = rules.expire(at: start + .seconds(3), clock: clock)
        #expect(first.map(\.alert.revision) == [0])
        let second = rules.consider(pending.enriched.trade, at: start + .seconds(5), clock: clock)
        #expect(second.map(\.alert.revision) == [1])
        #expect(first.map(\.alert.id) == second.map(\.alert.id))
        #expect(rules.consider(pending.enriched.trade, at: start + .seconds(6), clock: clock).isEmpty)
    }

    @Test func aPendingTradeBelowTheTiersWaitsWithoutDeadline() {
        var rules = Rules()
        let pending = TradeLine.make {
            $0.tier = nil
            $0.enrichment = "pending"
        }
        #expect(rules.consider(pending.trade, at: start, clock: clock).isEmpty)
        #expect(rules.deadline == nil)
    }

    @Test func aTransactionIsOneAlertHoweverManyFillsItHas() {
        var rules = Rules()
        var count = 0
        for fill in 0..<5 {
            let trade = TradeLine.make { $0.id = "fill\(fill)" }.trade
            count += rules.consider(trade, at: start, clock: clock).count
        }
        #expect(count == 1)
    }

    @Test func twoConditionsOfOneTransactionAreTwoAlerts() {
        var rules = Rules()
        let first = rules.consider(TradeLine.make { $0.condition = "0xa" }.trade, at: start, clock: clock)
        let second = rules.consider(TradeLine.make { $0.condition = "0xb" }.trade, at: start, clock: clock)
        #expect(first.count == 1 && second.count == 1)
    }

    @Test func eachSubscriberGetsTheAlertOnMatchingRoutes() {
        var rules = Rules()
        let (all, large) = (ChannelAddress(.webhook, "/all"), ChannelAddress(.discord, "/large"))
        var filter = RouteFilter()
        filter.minValue = 50_000
        rules.recipients = [
            Recipient(name: "ada", routes: [.init(all), .init(large, filter: filter)]),
            Recipient(name: "bob", routes: [.init(large, filter: filter)]),
        ]
        let small = rules.consider(TradeLine.make { $0.condition = "0x1" }.trade, at: start, clock: clock)
        #expect(small.map(\.alert.subscriber) == ["ada"])
        #expect(small.map(\.channels) == [[all]])
        let big = TradeLine.make {
            $0.condition = "0x2"
            $0.value = "50000"
        }.trade
        let alerts = rules.consider(big, at: start, clock: clock)
        #expect(alerts.map(\.channels) == [[all, large], [large]])
        #expect(Set(alerts.map(\.alert.id)).count == 2)
    }
}

extension RulesTests {
    @Test func theCooldownAdmitsOnlyLargerTradesOfAWalletInAMarket() {
        var rules = Rules(
            .make {
                $0.cooldown = .seconds(600)
                $0.burst = .zero
            })
        func alertCount(_ value: String, after: Duration, wallet: String = "0xa") -> Int {
            let trade = TradeLine.make {
                ($0.id, $0.transaction) = ("\(value)\(after)", "0x\(value)\(after)")
                $0.value = value
                $0.wallet = wallet
                $0.time = Timestamp("2026-11-22T10:00:00Z")!.advanced(by: after).description
            }.trade
            return rules.consider(trade, at: start + after, clock: clock).count
        }
        #expect(alertCount("10000", after: .zero) == 1)
        #expect(alertCount("10000", after: .seconds(1)) == 0)
        #expect(alertCount("10001", after: .seconds(2)) == 1)
        #expect(alertCount("9000", after: .seconds(3), wallet: "0xb") == 1)
        #expect(alertCount("9000", after: .seconds(602)) == 1)
        #expect(rules.cooledDown == 1)
    }

    @Test func theCooldownSuppressesLaterRevisionsToo() {
        var rules = Rules(
            .make {
                $0.cooldown = .seconds(600)
                $0.burst = .zero
            })
        func alertCount(_ id: String, _ value: String, after: Duration, revision: Int = 0) -> Int {
            let trade = TradeLine.make {
                ($0.id, $0.transaction, $0.value, $0.revision) = (id, "0x\(id)", value, revision)
                $0.time = Timestamp("2026-11-22T10:00:00Z")!.advanced(by: after).description
            }.trade
            return rules.consider(trade, at: start + after, clock: clock).count
        }
        #expect(alertCount("large", "50000", after: .zero) == 1)
        #expect(alertCount("middling", "20000", after: .seconds(60)) == 0)
        // The trade after the cooldown is smaller, so that the middling one would be admitted as larger.
        #expect(alertCount("small", "12000", after: .seconds(700)) == 1)
        #expect(alertCount("middling", "20000", after: .seconds(60), revision: 1) == 0)
    }
}

extension RulesTests {
    @Test func eachRouteHasItsOwnCooldown() {
        var rules = Rules(
            .make {
                $0.cooldown = .seconds(10)
                $0.burst = .zero
            })
        let (usual, never) = (ChannelAddress(.webhook, "/usual"), ChannelAddress(.webhook, "/never"))
        var filter = RouteFilter()
        filter.cooldown = .zero
        rules.recipients = [Recipient(name: "ada", routes: [.init(usual), .init(never, filter: filter)])]
        let alerts = (0..<3).flatMap { number in
            let trade = TradeLine.make {
                $0.id = "\(number)"
                $0.transaction = "0x\(number)"
                $0.time = "2026-11-22T10:00:\(10 + number * 6).000Z"
            }.trade
            return rules.consider(trade, at: start, clock: clock)
        }
        #expect(alerts.map(\.channels) == [[usual, never], [never], [usual, never]])
        #expect(rules.cooledDown == 1)
    }

    @Test func everyRouteHasADecision() {
        var rules = Rules(.make { $0.cooldown = .seconds(60) })
        let address = ChannelAddress(.email, "ada@example.org")
        var filter = RouteFilter()
        filter.sides = [.buy]
        rules.recipients = [Recipient(name: "ada", routes: [.init(address, filter: filter)])]
        func effect(_ change: (inout TradeLine) -> Void) -> TradeDecision.Effect? {
            rules.decide(TradeLine.make(change).trade, at: start, clock: clock, isExplaining: true)
                .routes.first?.effect
        }
        #expect(effect { _ in } == .newAlert)
        #expect(effect { _ in } == .alreadyCovered)
        #expect(
            effect {
                $0.id = "2"
                $0.transaction = "0x2"
            } == .followUp)
        #expect(
            effect {
                $0.id = "3"
                $0.transaction = "0x3"
                $0.time = "2026-11-22T10:00:45.000Z"
            } == .coolingDown)
        #expect(
            effect {
                $0.id = "4"
                $0.transaction = "0x4"
                $0.side = "SELL"
            } == .filteredOut(.otherSide))
        #expect(effect { $0.tier = nil } == nil)
    }
}

struct RouteFilterTests {
    private static let wallet = "0xf5848342fc388908f2d25a9012cc18a0ad193979"

    @Test(
        arguments: [
            (.make { $0.types = [.smartMoneyEntry] }, .otherType),
            (.make { $0.types = [.whaleMovement] }, nil),
            (.make { $0.minValue = 18_900 }, nil),
            (.make { $0.minValue = .make("18900.000001") }, .belowMinValue),
            (.make { $0.maxPrice = .make("0.63") }, nil),
            (.make { $0.maxPrice = .make("0.62") }, .aboveMaxPrice),
            (.make { $0.tiers = ["GOD_WHALE"] }, .otherTier),
            (.make { $0.tiers = ["GOD_WHALE", "MEGA_WHALE"] }, nil),
            (.make { $0.sides = [.sell] }, .otherSide),
            (.make { $0.wallets = [wallet] }, nil),
            (.make { $0.wallets = ["0x0000000000000000000000000000000000000000"] }, .otherWallet),
            (.make { $0.markets = ["unl-and-mal-2026-09-24"] }, nil),
            (.make { $0.markets = ["another"] }, .otherMarket),
            (.make { $0.categories = ["unl"] }, nil),
            (.make { $0.categories = ["politics"] }, .otherCategory),
        ] as [(RouteFilter, RouteFilter.Mismatch?)])
    func namesTheFirstMismatch(filter: RouteFilter, expected: RouteFilter.Mismatch?) {
        #expect(filter.mismatch(with: TradeLine().trade, as: .whaleMovement) == expected)
    }
}

extension RouteFilter {
    fileprivate static func make(_ change: (inout RouteFilter) -> Void) -> RouteFilter {
        var filter = RouteFilter()
        change(&filter)
        return filter
    }
}
