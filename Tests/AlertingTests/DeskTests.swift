import Alerting
import Database
import PMRecord
import Testing

struct DeskTests {
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
        var desk = Desk()
        let trade = TradeLine.make {
            $0.tier = tier
            $0.tags = tags
        }.trade
        let assignments = desk.consider(trade, at: start, clock: clock)
        #expect(assignments.map(\.alert.type.rawValue) == (told.map { [$0] } ?? []))
    }

    @Test func aPendingWhaleWaitsForItsFinalRevision() {
        var desk = Desk()
        let pending = TradeLine.make { $0.enrichment = "pending" }
        #expect(desk.consider(pending.trade, at: start, clock: clock).isEmpty)
        #expect(desk.deadline == start + .seconds(3))
        let told = desk.consider(pending.enriched.trade, at: start + .seconds(1), clock: clock)
        #expect(told.map(\.alert.revision) == [0])
        #expect(told.first?.alert.trade.walletName == "Theo")
        #expect(desk.deadline == nil)
    }

    @Test func aWhaleThatHasWaitedIsToldWithoutItsWalletAndAgainWithIt() {
        var desk = Desk()
        let pending = TradeLine.make { $0.enrichment = "pending" }
        _ = desk.consider(pending.trade, at: start, clock: clock)
        #expect(desk.expire(at: start + .milliseconds(2999), clock: clock).isEmpty)
        let first = desk.expire(at: start + .seconds(3), clock: clock)
        #expect(first.map(\.alert.revision) == [0])
        let second = desk.consider(pending.enriched.trade, at: start + .seconds(5), clock: clock)
        #expect(second.map(\.alert.revision) == [1])
        #expect(first.map(\.alert.id) == second.map(\.alert.id))
        #expect(desk.consider(pending.enriched.trade, at: start + .seconds(6), clock: clock).isEmpty)
    }

    @Test func aPendingTradeBelowTheTiersWaitsAsLongAsItTakes() {
        var desk = Desk()
        let pending = TradeLine.make {
            $0.tier = nil
            $0.enrichment = "pending"
        }
        #expect(desk.consider(pending.trade, at: start, clock: clock).isEmpty)
        #expect(desk.deadline == nil)
    }

    @Test func aTransactionIsToldOnceHoweverManyFillsItHas() {
        var desk = Desk()
        var told = 0
        for fill in 0..<5 {
            let trade = TradeLine.make { $0.id = "fill\(fill)" }.trade
            told += desk.consider(trade, at: start, clock: clock).count
        }
        #expect(told == 1)
    }

    @Test func twoConditionsOfOneTransactionAreTwoAlerts() {
        var desk = Desk()
        let first = desk.consider(TradeLine.make { $0.condition = "0xa" }.trade, at: start, clock: clock)
        let second = desk.consider(TradeLine.make { $0.condition = "0xb" }.trade, at: start, clock: clock)
        #expect(first.count == 1 && second.count == 1)
    }

    @Test func eachSubscriberIsToldOnTheChannelsThatWantIt() {
        var desk = Desk()
        let (all, large) = (ChannelAddress(.webhook, "/all"), ChannelAddress(.discord, "/large"))
        var interest = Interest()
        interest.minValue = 50_000
        desk.recipients = [
            Recipient(name: "ada", routes: [.init(all), .init(large, interest: interest)]),
            Recipient(name: "bob", routes: [.init(large, interest: interest)]),
        ]
        let small = desk.consider(TradeLine.make { $0.condition = "0x1" }.trade, at: start, clock: clock)
        #expect(small.map(\.alert.subscriber) == ["ada"])
        #expect(small.map(\.channels) == [[all]])
        let big = TradeLine.make {
            $0.condition = "0x2"
            $0.value = "50000"
        }.trade
        let told = desk.consider(big, at: start, clock: clock)
        #expect(told.map(\.channels) == [[all, large], [large]])
        #expect(Set(told.map(\.alert.id)).count == 2)
    }
}

extension DeskTests {
    @Test func whileItCoolsOnlyALargerTradeOfAWalletInAMarketIsTold() {
        var desk = Desk(cooldown: .seconds(600))
        func told(_ value: String, after: Duration, wallet: String = "0xa") -> Int {
            let trade = TradeLine.make {
                $0.transaction = "0x\(value)\(after)"
                $0.value = value
                $0.wallet = wallet
            }.trade
            return desk.consider(trade, at: start + after, clock: clock).count
        }
        #expect(told("10000", after: .zero) == 1)
        #expect(told("10000", after: .seconds(1)) == 0)
        #expect(told("10001", after: .seconds(2)) == 1)
        #expect(told("9000", after: .seconds(3), wallet: "0xb") == 1)
        #expect(told("9000", after: .seconds(602)) == 1)
        #expect(desk.cooledDown == 1)
    }
}

struct InterestTests {
    private static let wallet = "0xf5848342fc388908f2d25a9012cc18a0ad193979"

    @Test(
        arguments: [
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
        #expect(interest.objection(to: TradeLine().trade) == expected)
    }
}

extension Interest {
    fileprivate static func make(_ change: (inout Interest) -> Void) -> Interest {
        var interest = Interest()
        change(&interest)
        return interest
    }
}
