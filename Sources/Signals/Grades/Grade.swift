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
/// The verdict is about the edge before fees, which has a mean of zero if prices are fair. All grades of a table are
/// one family of questions, so that a table of forty groups does not find two winners by chance; see
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
        let isGraded = min(grade.markets, before.clusters) >= Grade.fewestMarkets
        grade.pValue = isGraded ? before.pValue : nil
        if isGraded { pValues.append(before.pValue) }
        grades.append(grade)
    }
    var corrected = holmCorrected(pValues)[...]
    for index in grades.indices where grades[index].pValue != nil {
        grades[index].pValue = corrected.removeFirst()
    }
    return grades
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
