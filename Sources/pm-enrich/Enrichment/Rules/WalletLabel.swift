import PolymarketAPI

/// A short label of a wallet.
package enum WalletLabel: String, Sendable {
    case smartWhale = "Smart Whale"
    case whale = "Whale"
    case smartMoney = "Smart Money"
    case degen = "Degen"

    /// Returns `nil` for an ordinary wallet.
    package init?(profit: Micros, winRate: WinRate) {
        switch (profit, winRate.isAbove(percent: 60)) {
        case (let profit, true) where profit > 50_000: self = .smartWhale
        case (let profit, _) where profit > 50_000: self = .whale
        case (let profit, true) where profit > 0: self = .smartMoney
        case (let profit, _) where profit < -10_000: self = .degen
        default: return nil
        }
    }
}
