/// What an alert is about.
///
/// A trade of any tier is a whale's; below the tiers, one by smart money is told as such; never both. Source:
/// POLYMARKET.md, part B.
package enum AlertType: String, Sendable, CaseIterable {
    case whaleMovement = "WHALE_MOVEMENT"
    case smartMoneyEntry = "SMART_MONEY_ENTRY"

    /// `nil` for a trade that nobody need be told of.
    package init?(_ trade: AlertTrade) {
        if trade.tier != nil {
            self = .whaleMovement
        } else if trade.tags.contains("SMART_MONEY") {
            self = .smartMoneyEntry
        } else {
            return nil
        }
    }

    /// What people call it.
    package var title: String {
        switch self {
        case .whaleMovement: "Whale movement"
        case .smartMoneyEntry: "Smart money entry"
        }
    }
}
