import PMRecord
import PolymarketAPI

/// A tag that a rule gives, in the order in which tags stand; those of the tiers stand before them.
package enum RuleTag: String, Sendable, CaseIterable {
    case smartMoney = "SMART_MONEY"
    case freshWallet = "FRESH_WALLET"
    case sweeper = "SWEEPER"
    case insider = "INSIDER"
}

/// A trade's tags: complete, in order, the tiers included.
///
/// - Parameter earlier: Tags that the trade had before. What could not be judged anew is taken from them.
package func tags(
    tier: String?, profile: WalletProfile?, impact: Impact?, time: Timestamp?, earlier: [String] = []
) -> [String] {
    let rules = RuleTag.allCases.filter { tag in
        let verdict: Bool? =
            switch tag {
            case .smartMoney: profile?.isSmartMoney
            case .freshWallet: profile?.isFresh(at: time)
            case .sweeper: impact.map(isSweeper)
            case .insider: profile?.isInsider
            }
        return verdict ?? earlier.contains(tag.rawValue)
    }
    return (tier.map(Tier.tags) ?? []) + rules.map(\.rawValue)
}
