/// A settled trade with what was known of it when its alert was sent.
package struct GradedTrade: Sendable {
    /// The market, or the event where only one of its markets can win: trades of one cluster share their fate.
    package let cluster: String
    package let market: String
    /// The probability of a win that the price paid implies, from 0 to 1.
    package let impliedProbability: Double
    package let isHit: Bool
    /// Cents per share, after fees.
    package let edge: Double
    /// Cents per share, before fees.
    package let edgeBeforeFee: Double
    /// Cents per share of the same trade with the side reversed, after the same fee.
    package let reversedEdge: Double
    package let groups: [GradeGroup]

    package init(
        cluster: String, market: String, impliedProbability: Double, isHit: Bool, edge: Double,
        edgeBeforeFee: Double, groups: [GradeGroup]
    ) {
        self.cluster = cluster
        self.market = market
        self.impliedProbability = impliedProbability
        self.isHit = isHit
        self.edge = edge
        self.edgeBeforeFee = edgeBeforeFee
        reversedEdge = edge - 2 * edgeBeforeFee
        self.groups = groups
    }
}

/// A group of trades that get one grade, such as those with the tag `SWEEPER`.
package struct GradeGroup: Sendable, Hashable, Comparable {
    package enum Dimension: String, Sendable, CaseIterable {
        /// All alerts together.
        case all
        case rule, tag, tier, category
        case priceBand = "price_band"
        case label
    }

    package let dimension: Dimension
    package let name: String

    package init(_ dimension: Dimension, _ name: String) {
        self.dimension = dimension
        self.name = name
    }

    package static let all = GradeGroup(.all, "all")

    package static func < (left: GradeGroup, right: GradeGroup) -> Bool {
        let order = { (group: GradeGroup) in Dimension.allCases.firstIndex(of: group.dimension)! }
        return (order(left), left.name) < (order(right), right.name)
    }
}

/// Returns the band of a price in dollars, as the name of a group: `0.20-0.40`.
package func priceBand(of price: Double) -> String {
    switch price {
    case ..<0.05: "0.00-0.05"
    case ..<0.2: "0.05-0.20"
    case ..<0.4: "0.20-0.40"
    case ..<0.6: "0.40-0.60"
    case ..<0.8: "0.60-0.80"
    case ..<0.95: "0.80-0.95"
    default: "0.95-1.00"
    }
}
