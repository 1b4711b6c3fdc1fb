import PMFlow
import Signals
import Testing

struct InformedTradeScoreTests {
    typealias Facts = InformedTradeScore.Facts
    typealias Part = InformedTradeScore.Part

    static let suspicious: Facts = {
        var facts = Facts()
        facts.isFreshWallet = true
        (facts.value, facts.marketVolume) = (50_000, 200_000)
        facts.boughtPrice = 0.08
        facts.hoursToEnd = 3
        facts.concentration = 0.95
        facts.isNewCategory = true
        facts.isHedged = false
        return facts
    }()

    @Test func theWeightsAddUpToOneHundred() {
        #expect(Part.allCases.reduce(0) { $0 + $1.weight } == 100)
        #expect(InformedTradeScore(Self.suspicious).points == 100)
        #expect(InformedTradeScore(Facts()).points == 0)
        #expect(InformedTradeScore(Facts()).parts.isEmpty)
    }

    /// Each case changes one fact of a trade that has all points. The last member is the points that are left.
    @Test(arguments: [
        ("an old wallet", 75), ("1 % of the volume", 80), ("half a percent of the volume", 80),
        ("4 % of the volume", 89), ("an even price", 85), ("a favourite", 85), ("at 0.3", 92),
        ("a fifth of its money", 85), ("half of its money", 92), ("three days left", 90),
        ("39 hours left", 95),
        ("after the end", 90), ("a known category", 95), ("both outcomes held", 90),
        ("an unknown volume", 80),
    ])
    func eachFactHasItsPoints(_ name: String, _ points: Int) {
        var facts = Self.suspicious
        switch name {
        case "an old wallet": facts.isFreshWallet = false
        case "1 % of the volume": facts.value = 2_000
        case "half a percent of the volume": facts.value = 1_000
        case "4 % of the volume": facts.value = 8_000
        case "an even price": facts.boughtPrice = 0.5
        case "a favourite": facts.boughtPrice = 0.95
        case "at 0.3": facts.boughtPrice = 0.3
        case "a fifth of its money": facts.concentration = 0.2
        case "half of its money": facts.concentration = 0.5
        case "three days left": facts.hoursToEnd = 72
        case "39 hours left": facts.hoursToEnd = 39
        case "after the end": facts.hoursToEnd = -1
        case "a known category": facts.isNewCategory = false
        case "both outcomes held": facts.isHedged = true
        case "an unknown volume": facts.marketVolume = nil
        default: Issue.record("no such case")
        }
        #expect(InformedTradeScore(facts).points == points, "\(name)")
    }

    @Test func theScoreGrowsWithEveryFact() {
        var random = SplitMix64(seed: 11)
        func draw(_ range: ClosedRange<Double>) -> Double { Double.random(in: range, using: &random) }
        for _ in 0..<2000 {
            var facts = Facts()
            (facts.value, facts.marketVolume) = (draw(100...100_000), draw(1_000...1_000_000))
            (facts.boughtPrice, facts.hoursToEnd) = (draw(0...1), draw(0...100))
            facts.concentration = draw(0...1)
            var stronger = facts
            stronger.value = facts.value! * draw(1...5)
            stronger.boughtPrice = facts.boughtPrice! * draw(0...1)
            stronger.hoursToEnd = facts.hoursToEnd! * draw(0...1)
            stronger.concentration = min(1, facts.concentration! * draw(1...3))
            let (weak, strong) = (InformedTradeScore(facts), InformedTradeScore(stronger))
            for (one, other) in zip(weak.parts, strong.parts) { #expect(one.points <= other.points) }
            #expect(0...100 ~= strong.points)
        }
    }
}
