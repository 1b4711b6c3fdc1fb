import Glibc

/// How the trades of a group turned out, with what chance alone would give.
package struct Grade: Sendable {
    /// Groups with fewer markets get no grade.
    package static let fewestMarkets = 20

    package enum Verdict: String, Sendable {
        /// Fewer than ``fewestMarkets`` markets: nothing can be said.
        case withheld
        /// Chance explains the result.
        case chance
        case betterThanPrice = "better_than_price"
        case worseThanPrice = "worse_than_price"
    }

    package let group: GradeGroup
    package let trades: Int
    package let markets: Int
    package let hits: Int
    /// The rate of hits, and its interval at the effective number of independent trades.
    package let hitRate: Double
    package let hitInterval: ClosedRange<Double>
    /// The first control: the rate of hits that the prices paid predict.
    package let expectedRate: Double
    /// The mean edge in cents per share after fees, and its interval.
    package let edge: Double
    package let edgeInterval: ClosedRange<Double>?
    package let edgeBeforeFee: Double
    /// The second control: the mean edge of the same trades with the side reversed.
    package let reversedEdge: Double
    package let designEffect: Double
    /// The probability of so large a mean edge before fees by chance, corrected for the number of groups; `nil` for
    /// a withheld grade.
    package internal(set) var pValue: Double?

    package var verdict: Verdict {
        guard let pValue else { return .withheld }
        guard pValue < 0.05 else { return .chance }
        return edgeBeforeFee > 0 ? .betterThanPrice : .worseThanPrice
    }
}

/// Returns the grades of all groups, in their order.
///
/// The verdict is about the edge before fees, which has a mean of zero if prices are fair. Two tests have to agree: one
/// takes the variance from the outcomes (``ClusteredMean``), the other from the prices (``fairPriceTail(of:)``). All grades
/// of a table are one family of questions, so that a table of forty groups does not find two winners by chance; see
/// ``holmCorrected(_:)``.
package func grades(of trades: [GradedTrade]) -> [Grade] {
    var groups: [GradeGroup: [GradedTrade]] = [:]
    for trade in trades {
        for group in [.all] + trade.groups { groups[group, default: []].append(trade) }
    }
    var grades: [Grade] = []
    var pValues: [Double] = []
    for (group, trades) in groups.sorted(by: { $0.key < $1.key }) {
        let before = ClusteredMean(trades.map { ($0.edgeBeforeFee, $0.cluster) })!
        var grade = Grade(group, trades, before)
        if min(grade.markets, before.clusters) >= Grade.fewestMarkets {
            let pValue = max(before.pValue, fairPriceTail(of: trades))
            grade.pValue = pValue
            pValues.append(pValue)
        }
        grades.append(grade)
    }
    var corrected = holmCorrected(pValues)[...]
    for index in grades.indices where grades[index].pValue != nil {
        grades[index].pValue = corrected.removeFirst()
    }
    return grades
}

/// Returns the probability of a total edge at least as far from zero if every price is the probability of a win.
///
/// The trades of a cluster are counted as fully correlated, which is the worst case. The normal distribution is adjusted for
/// the skewness of a group of long shots or of favourites by the first term of Edgeworth's expansion.
/// Source: P. Hall, "The Bootstrap and Edgeworth Expansion", 1992, section 2.3.
private func fairPriceTail(of trades: [GradedTrade]) -> Double {
    var total = 0.0
    var spreads: [String: Double] = [:]
    var thirds: [String: Double] = [:]
    for trade in trades {
        let probability = trade.impliedProbability
        let variance = probability * (1 - probability)
        total += trade.edgeBeforeFee / 100
        spreads[trade.cluster, default: 0] += variance.squareRoot()
        thirds[trade.cluster, default: 0] += cbrt(variance * (1 - 2 * probability))
    }
    // In the order of size, so that the sum does not depend on the order of a dictionary.
    let variance = spreads.values.map { $0 * $0 }.sorted().reduce(0, +)
    guard variance > 0 else { return 1 }
    let z = total / variance.squareRoot()
    let skewness =
        thirds.values.map { $0 * $0 * $0 }.sorted().reduce(0, +) / (variance * variance.squareRoot())
    // The tail on the side of z, doubled.
    let correction = skewness / 6 * (z * z - 1) * exp(-z * z / 2) / (2 * Double.pi).squareRoot()
    let tail = NormalDistribution.upperTail(z.magnitude) + (z < 0 ? -correction : correction)
    return min(1, max(0, 2 * tail))
}

extension Grade {
    fileprivate init(_ group: GradeGroup, _ trades: [GradedTrade], _ beforeFee: ClusteredMean) {
        let edge = ClusteredMean(trades.map { ($0.edge, $0.cluster) })!
        let hits = ClusteredMean(trades.map { ($0.isHit ? 1 : 0, $0.cluster) })!
        let count = Double(trades.count)
        self.init(
            group: group, trades: trades.count, markets: Set(trades.map(\.market)).count,
            hits: trades.count(where: \.isHit), hitRate: hits.mean,
            hitInterval: wilsonInterval(rate: hits.mean, count: count / hits.designEffect),
            expectedRate: trades.reduce(0) { $0 + $1.impliedProbability } / count, edge: edge.mean,
            edgeInterval: edge.interval, edgeBeforeFee: beforeFee.mean,
            reversedEdge: trades.reduce(0) { $0 + $1.reversedEdge } / count, designEffect: edge.designEffect)
    }
}
