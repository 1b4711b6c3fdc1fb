import PMRecord

/// Which trades are worth passing on. All bounds are inclusive.
package struct Thresholds: Sendable {
    /// Dollars that must change hands.
    package var minValue: Decimal
    /// Dollars per share; above it the outcome is near certain, and the trade says little.
    package var maxPrice: Decimal
    package var side: Side?
    /// Condition ids, slugs or event slugs, any of which may match; empty admits every market.
    package var markets: Set<String>
    /// Addresses, any of which may match; empty admits every wallet.
    package var wallets: Set<String>

    package init(
        minValue: Decimal = 1000, maxPrice: Decimal = Thresholds.nearCertain, side: Side? = nil,
        markets: Set<String> = [], wallets: Set<String> = []
    ) {
        self.minValue = minValue
        self.maxPrice = maxPrice
        self.side = side
        self.markets = Set(markets.map { $0.lowercased() })
        self.wallets = Set(wallets.map { $0.lowercased() })
    }

    /// 0.97 dollars. Source: POLYMARKET.md, part B.
    package static let nearCertain = Decimal("0.97")!
}

/// Why a trade goes no further.
package enum DropReason: String, Sendable, CaseIterable {
    /// Price, size or asset is missing.
    case incomplete
    case belowMinValue = "below_min_value"
    case aboveMaxPrice = "above_max_price"
    case otherSide = "other_side"
    case otherMarket = "other_market"
    case otherWallet = "other_wallet"
}
