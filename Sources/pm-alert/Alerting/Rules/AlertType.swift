/// The rule behind an alert.
///
/// A trade of any tier is a whale movement. A trade of smart money below the tiers is a smart money entry. No trade is
/// both. The other types are for subscribers that name them. Source: docs/POLYMARKET.md, section B.
package enum AlertType: String, Sendable, CaseIterable {
    case whaleMovement = "WHALE_MOVEMENT"
    case smartMoneyEntry = "SMART_MONEY_ENTRY"
    /// A trade whose signals have a high score.
    case informedTrade = "INFORMED_TRADE"
    /// A trade that completes net purchases in many small trades.
    case accumulation = "ACCUMULATION"

    /// The types of a subscriber that names none.
    package static let defaults: Set<AlertType> = [.whaleMovement, .smartMoneyEntry]

    /// Returns the types that a trade has, the most usual first. An alert has one of them: the first that the subscriber
    /// asks for.
    ///
    /// - Parameter informedScore: The least score of an ``informedTrade``.
    static func types(of trade: AlertTrade, informedScore: Int) -> [AlertType] {
        var types = AlertType(trade).map { [$0] } ?? []
        let signals = trade.signals
        if let score = signals.score, score >= informedScore { types.append(.informedTrade) }
        if signals.accumulated != nil { types.append(.accumulation) }
        return types
    }

    /// - Returns: `nil` for a trade that meets no rule.
    init?(_ trade: AlertTrade) {
        if trade.tier != nil {
            self = .whaleMovement
        } else if trade.isSmartMoney {
            self = .smartMoneyEntry
        } else {
            return nil
        }
    }

    /// The name to display.
    var title: String {
        switch self {
        case .whaleMovement: "Whale movement"
        case .smartMoneyEntry: "Smart money entry"
        case .informedTrade: "Informed trade"
        case .accumulation: "Accumulation"
        }
    }
}
