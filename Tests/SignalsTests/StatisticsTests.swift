import PMFlow
import Signals
import Testing

struct StatisticsTests {
    // Quantiles of Student's t from Abramowitz and Stegun, table 26.10.
    @Test(arguments: [(1, 12.706), (5, 2.571), (19, 2.093), (30, 2.042), (120, 1.980)])
    func studentsQuantilesAreThoseOfTheTable(_ freedom: Int, _ quantile: Double) {
        let distribution = StudentDistribution(degreesOfFreedom: freedom)
        #expect(abs(distribution.quantile975 - quantile) < 0.0006)
        #expect(abs(distribution.twoSidedTail(quantile) - 0.05) < 0.0001)
    }

    @Test func theNormalTailIsThatOfTheTable() {
        #expect(abs(NormalDistribution.upperTail(1.6448536) - 0.05) < 1e-6)
        #expect(abs(NormalDistribution.upperTail(-1.6448536) - 0.95) < 1e-6)
    }

    // Source: R. G. Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I.
    @Test(arguments: [
        (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718),
    ])
    func wilsonsIntervalIsThatOfThePaper(_ hits: Int, _ count: Int, _ low: Double, _ high: Double) {
        let interval = wilsonInterval(rate: Double(hits) / Double(count), count: Double(count))
        #expect(abs(interval.lowerBound - low) < 0.00006)
        #expect(abs(interval.upperBound - high) < 0.00006)
    }

    @Test func theMeanOfOneClusterHasNoInterval() {
        let mean = ClusteredMean([(1, "a"), (3, "a")])
        #expect(mean?.mean == 2)
        #expect(mean?.interval == nil)
        #expect(mean?.pValue == 1)
        #expect(ClusteredMean([]) == nil)
    }

    @Test func copiesOfOneObservationDoNotNarrowTheInterval() throws {
        let values: [Double] = [-3, 1, 4, 2, -1, 5, 0, 2]
        let single = try #require(ClusteredMean(values.enumerated().map { ($1, "\($0)") }))
        let copied = try #require(
            ClusteredMean(
                values.enumerated().flatMap { entry in
                    (0..<50).map { _ in (entry.element, "\(entry.offset)") }
                }))
        #expect(abs(single.mean - copied.mean) < 1e-12)
        #expect(abs(single.standardError! - copied.standardError!) < 1e-9)
        #expect(single.designEffect == 1)
        #expect(copied.designEffect > 50)
        // The classic standard error of the mean, where every value is a cluster.
        let squares = values.reduce(0) { $0 + ($1 - single.mean) * ($1 - single.mean) }
        #expect(abs(single.standardError! - (squares / 7 / 8).squareRoot()) < 1e-12)
    }

    @Test(arguments: [
        ([0.01, 0.04, 0.03], [0.03, 0.06, 0.06]), ([0.5, 0.9], [1, 1]), ([], []), ([0.001], [0.001]),
    ])
    func holmCorrectsForTheNumberOfQuestions(_ pValues: [Double], _ corrected: [Double]) {
        for (value, expected) in zip(holmCorrected(pValues), corrected) {
            #expect(abs(value - expected) < 1e-12)
        }
    }

    @Test func thePoissonBinomialTailIsExactForFewBets() {
        #expect(abs(PoissonBinomial.upperTail(wins: 2, of: [0.5, 0.5]) - 0.25) < 1e-12)
        #expect(abs(PoissonBinomial.upperTail(wins: 1, of: [0.2, 0.3]) - 0.44) < 1e-12)
        #expect(PoissonBinomial.upperTail(wins: 0, of: []) == 1)
        #expect(PoissonBinomial.upperTail(wins: 3, of: [0.5, 0.5]) == 0)
    }

    @Test func theApproximateTailIsNearTheExactOne() {
        var random = SplitMix64(seed: 5)
        for _ in 0..<20 {
            let odds = (0..<200).map { _ in Double.random(in: 0.05...0.95, using: &random) }
            var sum = PoissonBinomial()
            for probability in odds { sum.add(probability) }
            for shift in [-10, 0, 5, 12] {
                let wins = Int(sum.expected) + shift
                let difference =
                    sum.approximateUpperTail(wins: wins)
                    - PoissonBinomial.upperTail(wins: wins, of: odds)
                #expect(abs(difference) < 0.01)
            }
        }
    }
}
