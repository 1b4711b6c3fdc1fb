import AlertFixtures
import Alerting
import PMFlow
import PMRecord
import Testing

/// The index of routes finds the same routes as a question to each filter.
struct RouteIndexTests {
    private let start = ContinuousClock.now
    private let clock = Timestamp(milliseconds: 1_790_000_000_000)

    private static let tiers = ["WHALE", "MEGA_WHALE", "SUPER_WHALE", "GOD_WHALE", "KRAKEN"]

    private func filter(_ chance: inout SplitMix64) -> RouteFilter {
        var filter = RouteFilter()
        func isChosen() -> Bool { chance.next() % 4 == 0 }
        if isChosen() { filter.minValue = Decimal("\(chance.next() % 60_000)") }
        if isChosen() { filter.maxPrice = Decimal("0.\(1 + chance.next() % 9)") }
        if isChosen() { filter.types = [.smartMoneyEntry] }
        if isChosen() { filter.tiers = Set(Self.tiers.shuffled(using: &chance).prefix(2)) }
        if isChosen() { filter.sides = [.sell] }
        if isChosen() { filter.roles = RoleChoice.allCases.randomElement(using: &chance) }
        if isChosen() { filter.wallets = Set((0..<3).map { _ in "0xw\(chance.next() % 20)" }) }
        if isChosen() { filter.markets = Set((0..<3).map { _ in "0xm\(chance.next() % 20)" }) }
        if isChosen() {
            filter.categories = [["nba", "nba-lal", "sports", "x"].randomElement(using: &chance)!]
        }
        return filter
    }

    private func trade(_ number: Int, _ chance: inout SplitMix64) -> AlertTrade {
        TradeLine.make {
            $0.id = "t\(number)"
            $0.transaction = "0xt\(number)"
            $0.value = "\(chance.next() % 80_000)"
            $0.price = "0.\(1 + chance.next() % 9)"
            $0.side = chance.next() % 2 == 0 ? "BUY" : "SELL"
            $0.role = [nil, "taker", "maker"].randomElement(using: &chance)!
            $0.wallet = chance.next() % 8 == 0 ? nil : "0xW\(chance.next() % 20)"
            $0.condition = "0xm\(chance.next() % 20)"
            $0.tier = chance.next() % 5 == 0 ? nil : (Self.tiers + ["OTHER"]).randomElement(using: &chance)
            $0.tags = ["SMART_MONEY"]
            $0.eventSlug = ["nba-lal-bos", "nfl-x", "nba"].randomElement(using: &chance)!
            $0.slug = nil
            $0.extra = [(Key.market, chance.next() % 3 == 0 ? #"{"tags":["Sports"]}"# : "{}")]
        }.trade
    }

    @Test(arguments: 1...20)
    func theIndexAgreesWithEachFilter(seed: UInt64) {
        var chance = SplitMix64(seed: seed)
        let recipients = (0..<80).map { number in
            Recipient(
                name: "r\(number)",
                routes: (0..<2).map {
                    .init(ChannelAddress(.webhook, "/\(number)/\($0)"), filter: filter(&chance))
                })
        }
        var rules = Rules(.make { $0.burst = .zero })
        rules.recipients = recipients
        for number in 0..<60 {
            let trade = trade(number, &chance)
            // Explained decisions ask every filter.
            var other = Rules(.make { $0.burst = .zero })
            other.recipients = recipients
            let decision = other.decide(trade, at: start, clock: clock, isExplaining: true)
            let expected = recipients.flatMap { recipient in
                recipient.routes.filter { route in
                    decision.type.map { route.filter.mismatch(with: trade, as: $0) == nil } ?? false
                }.map(\.channel)
            }
            let found = rules.consider(trade, at: start, clock: clock).flatMap(\.channels)
            #expect(found == expected, "seed \(seed), trade \(number)")
        }
    }

    @Test func aMakersPendingRowWaitsOnlyForARouteThatAsksForIt() {
        var rules = Rules()
        let row = TradeLine.make {
            $0.role = "maker"
            $0.enrichment = "pending"
        }
        #expect(rules.consider(row.trade, at: start, clock: clock).isEmpty)
        #expect(!rules.isHolding(upTo: 1), "without subscribers")
        rules.recipients = [Recipient(name: "ada", routes: [.init(ChannelAddress(.webhook, "/"))])]
        #expect(rules.consider(row.trade, at: start, clock: clock).isEmpty)
        #expect(!rules.isHolding(upTo: 1), "with a subscriber for takers")
        var makers = RouteFilter()
        makers.roles = .maker
        rules.recipients = [
            Recipient(name: "ada", routes: [.init(ChannelAddress(.webhook, "/"), filter: makers)])
        ]
        #expect(rules.consider(row.trade, at: start, clock: clock).isEmpty)
        #expect(rules.isHolding(upTo: 1))
        #expect(rules.consider(row.enriched.trade, at: start, clock: clock).count == 1)
        #expect(!rules.isHolding(upTo: 1))
    }
}
