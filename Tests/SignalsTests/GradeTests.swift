import PMFlow
import Signals
import Testing

struct GradeTests {
    /// Markets with several trades each. A tag has the given edge in cents: its trades win more often than they cost.
    static func simulate(seed: UInt64, markets: Int, edges: [String: Double] = [:]) -> [GradedTrade] {
        var random = SplitMix64(seed: seed)
        let tags = ["SMART_MONEY", "FRESH_WALLET", "SWEEPER", "INSIDER"]
        let tiers = ["WHALE", "MEGA_WHALE", "SUPER_WHALE", "GOD_WHALE"]
        return (0..<markets).flatMap { market in
            let tag = tags.randomElement(using: &random)!
            let price = Double.random(in: 0.1...0.9, using: &random)
            let chance = min(max(price + (edges[tag] ?? 0) / 100, 0), 1)
            let isWon = Double.random(in: 0..<1, using: &random) < chance
            let category = "c\(Int.random(in: 0..<8, using: &random))"
            return (0..<Int.random(in: 1...6, using: &random)).map { _ in
                let edge = 100 * ((isWon ? 1 : 0) - price)
                return GradedTrade(
                    cluster: "\(market)", market: "\(market)", impliedProbability: price, isHit: edge > 0,
                    edge: edge - 1, edgeBeforeFee: edge,
                    groups: [
                        GradeGroup(.tag, tag), GradeGroup(.tier, tiers.randomElement(using: &random)!),
                        GradeGroup(.category, category), GradeGroup(.priceBand, priceBand(of: price)),
                    ])
            }
        }
    }

    @Test func tagsWithoutSkillGetNoSignificantGrade() {
        let significant = (1...100).count { seed in
            grades(of: Self.simulate(seed: UInt64(seed), markets: 300)).contains {
                [.betterThanPrice, .worseThanPrice].contains($0.verdict)
            }
        }
        #expect(significant <= 5, "of 100 seeds")
    }

    @Test func fiveCentsOfEdgeAreFound() throws {
        var found = 0
        for seed in 1...5 {
            let trades = Self.simulate(seed: UInt64(seed), markets: 12_000, edges: ["INSIDER": 5])
            let table = grades(of: trades)
            let insider = try #require(table.first { $0.group == GradeGroup(.tag, "INSIDER") })
            if insider.verdict == .betterThanPrice { found += 1 }
            let interval = try #require(insider.edgeInterval)
            // The interval is about the edge after a fee of one cent.
            #expect(interval.contains(4) || abs(insider.edge - 4) < 2)
            #expect(insider.hitRate > insider.expectedRate)
            #expect(insider.reversedEdge < 0)
            let others = table.filter { $0.group.dimension == .tag && $0.group.name != "INSIDER" }
            #expect(others.allSatisfy { $0.verdict == .chance })
        }
        #expect(found == 5)
    }

    @Test func fewerThanTwentyMarketsAreWithheld() {
        for (markets, isWithheld) in [(19, true), (20, false)] {
            let trades = (0..<markets).flatMap { market in
                (0..<10).map { _ in
                    GradedTrade(
                        cluster: "\(market)", market: "\(market)", impliedProbability: 0.5,
                        isHit: market.isMultiple(of: 2), edge: market.isMultiple(of: 2) ? 50 : -50,
                        edgeBeforeFee: market.isMultiple(of: 2) ? 50 : -50, groups: [])
                }
            }
            #expect((grades(of: trades)[0].verdict == .withheld) == isWithheld, "\(markets) markets")
        }
    }

    /// In a neg-risk event one market wins and all others lose: together they are one observation.
    @Test func theMarketsOfOneEventCountAsOneObservation() {
        let trades = (0..<60).map { market in
            GradedTrade(
                cluster: "event", market: "\(market)", impliedProbability: 0.1, isHit: false, edge: -10,
                edgeBeforeFee: -10, groups: [])
        }
        #expect(grades(of: trades)[0].verdict == .withheld)
        #expect(grades(of: trades)[0].markets == 60)
    }

    @Test func theReversedControlPaysTheFeeToo() {
        let trade = GradedTrade(
            cluster: "a", market: "a", impliedProbability: 0.4, isHit: true, edge: 59, edgeBeforeFee: 60,
            groups: [])
        #expect(trade.reversedEdge == -61)
    }

    @Test(arguments: [(0.049, "0.00-0.05"), (0.05, "0.05-0.20"), (0.5, "0.40-0.60"), (0.95, "0.95-1.00")])
    func aPriceHasABand(_ price: Double, _ band: String) {
        #expect(priceBand(of: price) == band)
    }
}
