import Alerting
import Database
import PMRecord
import Testing

struct RulesTests {
    fileprivate let start = ContinuousClock.now
    fileprivate let clock = Timestamp(milliseconds: 1_790_000_000_000)

    @Test(
        arguments: [
            (tier: "WHALE", tags: [], told: "WHALE_MOVEMENT"),
            (tier: "GOD_WHALE", tags: ["SMART_MONEY"], told: "WHALE_MOVEMENT"),
            (tier: nil, tags: ["SMART_MONEY"], told: "SMART_MONEY_ENTRY"),
            (tier: nil, tags: ["FRESH_WALLET"], told: nil),
            (tier: nil, tags: [], told: nil),
        ] as [(tier: String?, tags: [String], told: String?)])
    func tellsOfATradeByTierElseBySmartMoneyNeverBoth(tier: String?, tags: [String], told: String?) {
        var rules = Rules()
        let trade = TradeLine.make {
            $0.tier = tier
            $0.tags = tags
        }.trade
        let tellings = rules.consider(trade, at: start, clock: clock)
        #expect(tellings.map(\.alert.type.rawValue) == (told.map { [$0] } ?? []))
    }

    @Test func aPendingWhaleWaitsForItsFinalRevision() {
        var rules = Rules()
        let pending = TradeLine.make { $0.enrichment = "pending" }
        #expect(rules.consider(pending.trade, at: start, clock: clock).isEmpty)
        #expect(rules.deadline == start + .seconds(3))
        let told = rules.consider(pending.enriched.trade, at: start + .seconds(1), clock: clock)
        #expect(told.map(\.alert.revision) == [0])
        #expect(told.first?.alert.trade.walletName == "Theo")
        #expect(rules.deadline == nil)
    }

    @Test func aWhaleThatHasWaitedIsToldWithoutItsWalletAndAgainWithIt() {
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

    @Test func aPendingTradeBelowTheTiersWaitsAsLongAsItTakes() {
        var rules = Rules()
        let pending = TradeLine.make {
            $0.tier = nil
            $0.enrichment = "pending"
        }
        #expect(rules.consider(pending.trade, at: start, clock: clock).isEmpty)
        #expect(rules.deadline == nil)
    }

    @Test func aTransactionIsToldOnceHoweverManyFillsItHas() {
        var rules = Rules()
        var told = 0
        for fill in 0..<5 {
            let trade = TradeLine.make { $0.id = "fill\(fill)" }.trade
            told += rules.consider(trade, at: start, clock: clock).count
        }
        #expect(told == 1)
    }

    @Test func twoConditionsOfOneTransactionAreTwoAlerts() {
        var rules = Rules()
        let first = rules.consider(TradeLine.make { $0.condition = "0xa" }.trade, at: start, clock: clock)
        let second = rules.consider(TradeLine.make { $0.condition = "0xb" }.trade, at: start, clock: clock)
        #expect(first.count == 1 && second.count == 1)
    }

    @Test func eachSubscriberIsToldOnTheChannelsThatWantIt() {
        var rules = Rules()
        let (all, large) = (ChannelAddress(.webhook, "/all"), ChannelAddress(.discord, "/large"))
        var interest = Interest()
        interest.minValue = 50_000
        rules.recipients = [
            Recipient(name: "ada", routes: [.init(all), .init(large, interest: interest)]),
            Recipient(name: "bob", routes: [.init(large, interest: interest)]),
        ]
        let small = rules.consider(TradeLine.make { $0.condition = "0x1" }.trade, at: start, clock: clock)
        #expect(small.map(\.alert.subscriber) == ["ada"])
        #expect(small.map(\.channels) == [[all]])
        let big = TradeLine.make {
            $0.condition = "0x2"
            $0.value = "50000"
        }.trade
        let told = rules.consider(big, at: start, clock: clock)
        #expect(told.map(\.channels) == [[all, large], [large]])
        #expect(Set(told.map(\.alert.id)).count == 2)
    }
}

extension RulesTests {
    @Test func whileItCoolsOnlyALargerTradeOfAWalletInAMarketIsTold() {
        var rules = Rules(
            .make {
                $0.cooldown = .seconds(600)
                $0.burst = .zero
            })
        func told(_ value: String, after: Duration, wallet: String = "0xa") -> Int {
            let trade = TradeLine.make {
                ($0.id, $0.transaction) = ("\(value)\(after)", "0x\(value)\(after)")
                $0.value = value
                $0.wallet = wallet
                $0.time = Timestamp("2026-11-22T10:00:00Z")!.advanced(by: after).description
            }.trade
            return rules.consider(trade, at: start + after, clock: clock).count
        }
        #expect(told("10000", after: .zero) == 1)
        #expect(told("10000", after: .seconds(1)) == 0)
        #expect(told("10001", after: .seconds(2)) == 1)
        #expect(told("9000", after: .seconds(3), wallet: "0xb") == 1)
        #expect(told("9000", after: .seconds(602)) == 1)
        #expect(rules.cooledDown == 1)
    }

    @Test func whatWasHeldBackIsNotToldByALaterRevisionOfIt() {
        var rules = Rules(
            .make {
                $0.cooldown = .seconds(600)
                $0.burst = .zero
            })
        func told(_ id: String, _ value: String, after: Duration, revision: Int = 0) -> Int {
            let trade = TradeLine.make {
                ($0.id, $0.transaction, $0.value, $0.revision) = (id, "0x\(id)", value, revision)
                $0.time = Timestamp("2026-11-22T10:00:00Z")!.advanced(by: after).description
            }.trade
            return rules.consider(trade, at: start + after, clock: clock).count
        }
        #expect(told("large", "50000", after: .zero) == 1)
        #expect(told("middling", "20000", after: .seconds(60)) == 0)
        // What comes after the cooldown is smaller, so that the middling one would be a larger trade.
        #expect(told("small", "12000", after: .seconds(700)) == 1)
        #expect(told("middling", "20000", after: .seconds(60), revision: 1) == 0)
    }
}

extension RulesTests {
    @Test func eachSettingCoolsForAsLongAsItSays() {
        var rules = Rules(
            .make {
                $0.cooldown = .seconds(10)
                $0.burst = .zero
            })
        let (usual, never) = (ChannelAddress(.webhook, "/usual"), ChannelAddress(.webhook, "/never"))
        var interest = Interest()
        interest.cooldown = .zero
        rules.recipients = [Recipient(name: "ada", routes: [.init(usual), .init(never, interest: interest)])]
        let told = (0..<3).flatMap { number in
            let trade = TradeLine.make {
                $0.id = "\(number)"
                $0.transaction = "0x\(number)"
                $0.time = "2026-11-22T10:00:\(10 + number * 6).000Z"
            }.trade
            return rules.consider(trade, at: start, clock: clock)
        }
        #expect(told.map(\.channels) == [[usual, never], [never], [usual, never]])
        #expect(rules.cooledDown == 1)
    }

    @Test func everyChannelHasAVerdict() {
        var rules = Rules(.make { $0.cooldown = .seconds(60) })
        let address = ChannelAddress(.email, "ada@example.org")
        var interest = Interest()
        interest.sides = [.buy]
        rules.recipients = [Recipient(name: "ada", routes: [.init(address, interest: interest)])]
        func finding(_ change: (inout TradeLine) -> Void) -> Decision.Finding? {
            rules.decide(TradeLine.make(change).trade, at: start, clock: clock).verdicts.first?.finding
        }
        #expect(finding { _ in } == .told)
        #expect(finding { _ in } == .known)
        #expect(
            finding {
                $0.id = "2"
                $0.transaction = "0x2"
            } == .grows)
        #expect(
            finding {
                $0.id = "3"
                $0.transaction = "0x3"
                $0.time = "2026-11-22T10:00:45.000Z"
            } == .cooling)
        #expect(
            finding {
                $0.id = "4"
                $0.transaction = "0x4"
                $0.side = "SELL"
            } == .unwanted(.otherSide))
        #expect(finding { $0.tier = nil } == nil)
    }
}

struct InterestTests {
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
        ] as [(Interest, Interest.Objection?)])
    func objectsToWhatWasNotAskedFor(interest: Interest, expected: Interest.Objection?) {
        #expect(interest.objection(to: TradeLine().trade, as: .whaleMovement) == expected)
    }
}

extension Interest {
    fileprivate static func make(_ change: (inout Interest) -> Void) -> Interest {
        var interest = Interest()
        change(&interest)
        return interest
    }
}
