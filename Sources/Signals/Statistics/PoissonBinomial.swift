/// The number of wins in bets with a probability each: for independent bets at fair odds, the price paid is the
/// probability of a win.
package struct PoissonBinomial: Sendable, Equatable {
    /// The sum of the probabilities.
    package private(set) var expected = 0.0
    package private(set) var variance = 0.0
    package private(set) var count = 0

    package init() {}

    /// - Parameter probability: From 0 to 1; a value beyond is clamped.
    package mutating func add(_ probability: Double) {
        let probability = min(max(probability, 0), 1)
        count += 1
        expected += probability
        variance += probability * (1 - probability)
    }

    package static func + (left: PoissonBinomial, right: PoissonBinomial) -> PoissonBinomial {
        var sum = left
        sum.count += right.count
        sum.expected += right.expected
        sum.variance += right.variance
        return sum
    }

    /// Returns the probability of at least `wins` wins, by the normal distribution with a correction for whole
    /// numbers. It needs no list of the bets.
    package func approximateUpperTail(wins: Int) -> Double {
        guard variance > 1e-12 else { return Double(wins) <= expected + 1e-6 ? 1 : 0 }
        return NormalDistribution.upperTail((Double(wins) - 0.5 - expected) / variance.squareRoot())
    }

    /// Returns the probability of at most `wins` wins, in the same way.
    package func approximateLowerTail(wins: Int) -> Double { 1 - approximateUpperTail(wins: wins + 1) }

    /// Returns the exact probability of at least `wins` wins, in time that grows with the square of the number of
    /// bets.
    package static func upperTail(wins: Int, of probabilities: [Double]) -> Double {
        // The probability of each number of wins among the bets so far.
        var distribution = [1.0]
        for probability in probabilities {
            let probability = min(max(probability, 0), 1)
            distribution.append(0)
            for wins in distribution.indices.dropFirst().reversed() {
                distribution[wins] =
                    distribution[wins] * (1 - probability) + distribution[wins - 1] * probability
            }
            distribution[0] *= 1 - probability
        }
        guard wins > 0 else { return 1 }
        guard wins < distribution.count else { return 0 }
        return min(1, distribution[wins...].reduce(0, +))
    }
}
