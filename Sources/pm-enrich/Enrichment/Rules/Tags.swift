import PMRecord
import PolymarketAPI

/// The tags of the rules, in the order of the record. The tags of the tiers precede them.
package enum RuleTag: String, Sendable, CaseIterable {
    case smartMoney = "SMART_MONEY"
    case freshWallet = "FRESH_WALLET"
    case sweeper = "SWEEPER"
    case insider = "INSIDER"
}

/// Returns all tags of a trade, including those of its tiers, in order.
///
/// - Parameter earlier: The tags of an earlier revision. A tag whose rule has no answer now is kept from them.
package func tags(
    tier: String?, profile: WalletProfile?, impact: Impact?, time: Timestamp?, earlier: [String] = []
) -> [String] {
    let rules = RuleTag.allCases.filter { tag in
        let applies: Bool? =
            switch tag {
            case .smartMoney: profile?.isSmartMoney
            case .freshWallet: profile?.isFresh(at: time)
            case .sweeper: impact.map(isSweeper)
            case .insider: profile?.isInsider
            }
        return applies ?? earlier.contains(tag.rawValue)
    }
    return (tier.map(Tier.tags) ?? []) + rules.map(\.rawValue)
}
