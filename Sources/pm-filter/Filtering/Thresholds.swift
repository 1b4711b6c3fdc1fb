import PMRecord

/// The conditions a trade must meet to be passed on. All bounds are inclusive.
package struct Thresholds: Sendable {
    /// Smallest value in dollars.
    package var minValue: Decimal
    /// Smallest value in dollars of a candidate: a trade below ``minValue`` that is passed on, marked, because many of them
    /// may add up. `nil` for none.
    package var leastCandidate: Decimal?
    /// Highest price in dollars per share. Above it the outcome is nearly certain, and the trade carries
    /// little news.
    package var maxPrice: Decimal
    package var side: Side?
    /// Condition ids, slugs or event slugs; one must match. Empty admits every market.
    package var markets: Set<String>
    /// Addresses; one must match. Empty admits every wallet.
    package var wallets: Set<String>

    package init(
        minValue: Decimal = 1000, leastCandidate: Decimal? = nil, maxPrice: Decimal = Thresholds.nearCertain,
        side: Side? = nil,
        markets: Set<String> = [], wallets: Set<String> = []
    ) {
        self.minValue = minValue
        self.leastCandidate = leastCandidate
        self.maxPrice = maxPrice
        self.side = side
        self.markets = Set(markets.map { $0.lowercased() })
        self.wallets = Set(wallets.map { $0.lowercased() })
    }

    /// Smallest value of a trade that is passed on for any reason.
    var leastValue: Decimal { min(minValue, leastCandidate ?? minValue) }

    /// The default maximum price, in dollars: at a higher one, the market's outcome is nearly certain.
    ///
    /// Source: docs/POLYMARKET.md, "What the worker makes of a trade".
    package static let nearCertain = Decimal("0.97")!
}

/// The reason why a trade is dropped.
package enum DropReason: String, Sendable, CaseIterable {
    /// Price, size or asset is missing.
    case incomplete
    case belowMinValue = "below_min_value"
    case aboveMaxPrice = "above_max_price"
    case otherSide = "other_side"
    case otherMarket = "other_market"
    case otherWallet = "other_wallet"
}
