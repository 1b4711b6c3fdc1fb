/// The rule behind an alert.
///
/// A trade of any tier is a whale movement. A trade of smart money below the tiers is a smart money entry. No trade is
/// both. Source: docs/POLYMARKET.md, section B.
package enum AlertType: String, Sendable, CaseIterable {
    case whaleMovement = "WHALE_MOVEMENT"
    case smartMoneyEntry = "SMART_MONEY_ENTRY"

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
        }
    }
}
