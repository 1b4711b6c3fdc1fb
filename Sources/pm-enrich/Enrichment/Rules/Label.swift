import PolymarketAPI

/// What to call a wallet in a word or two.
package enum Label: String, Sendable {
    case smartWhale = "Smart Whale"
    case whale = "Whale"
    case smartMoney = "Smart Money"
    case degen = "Degen"

    /// `nil` for a wallet that stands out in no way.
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
