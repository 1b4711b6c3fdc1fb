import PMRecord

/// A reason for which a trade is hardly news.
package enum NoiseLabel: String, Sendable, CaseIterable {
    /// The wallet quotes both sides of most of its markets and keeps little.
    case marketMaker = "MARKET_MAKER"
    /// The wallet trades more often than a person does.
    case bot = "BOT"
    /// The wallet sends shares of one token back and forth: the volume is not real.
    case circular = "CIRCULAR"
    /// The wallet holds about as much of the other outcome: together the two are worth a dollar.
    case hedgedPair = "HEDGED_PAIR"
    /// The outcome is nearly certain.
    case nearCertain = "NEAR_CERTAIN"
    /// The market lives for some minutes and follows the price of a coin.
    case shortCrypto = "SHORT_CRYPTO"
}

/// The facts about a trade that decide its noise labels; `nil` for what is not known.
package struct NoiseFacts: Sendable {
    package var pattern: WalletPattern?
    /// Dollars per share.
    package var price: Decimal?
    /// Shares of the outcome, and of the other one, after the trade.
    package var held: Decimal?
    package var heldOfOther: Decimal?
    /// The market's topics and its slug.
    package var topics: [String] = []
    package var slug: String?

    package init() {}

    package var labels: [NoiseLabel] { NoiseLabel.allCases.filter(applies) }

    private func applies(_ label: NoiseLabel) -> Bool {
        switch label {
        case .marketMaker:
            pattern.map { $0.trades >= 50 && $0.twoSidedShare >= 0.6 && $0.netFlowShare <= 0.3 } ?? false
        case .bot: pattern.map { $0.trades >= 50 && $0.tradesPerDay >= 300 } ?? false
        case .circular:
            pattern.map { $0.trades >= 20 && $0.busiestTokenShare >= 0.5 && $0.netFlowShare <= 0.05 } ?? false
        case .hedgedPair:
            if let held = held?.micros, let other = heldOfOther?.micros, held > 0, other > 0 {
                min(held, other) * 10 >= max(held, other) * 9
            } else {
                false
            }
        case .nearCertain: price.map { $0 >= Decimal("0.97")! || $0 <= Decimal("0.03")! } ?? false
        case .shortCrypto:
            topics.contains { ["5M", "15M", "Up or Down"].contains($0) }
                || slug.map { $0.contains("-updown-5m-") || $0.contains("-updown-15m-") } ?? false
        }
    }
}
