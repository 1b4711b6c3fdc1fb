import PMRecord

/// Which trades someone wants to hear of. What is empty or `nil` admits all; bounds are inclusive.
package struct Interest: Sendable, Equatable {
    package var types: Set<AlertType> = []
    package var minValue: Decimal?
    package var maxPrice: Decimal?
    package var tiers: Set<String> = []
    package var sides: Set<Side> = []
    /// Addresses in lower case.
    package var wallets: Set<String> = []
    /// Condition ids, slugs and event slugs in lower case.
    package var markets: Set<String> = []
    /// Words of a market's topics or event slug, in lower case.
    package var categories: Set<String> = []
    /// For how long not to be told again of one wallet in one market; `nil` for as long as is usual.
    package var cooldown: Duration?

    package init() {}

    /// Why a trade is not wanted.
    package enum Objection: String, Sendable {
        case otherType = "the rule is not among those asked for"
        case belowMinValue = "its value is below the least asked for"
        case aboveMaxPrice = "its price is above the highest asked for"
        case otherTier = "its tier is none of those asked for"
        case otherSide = "it is on the other side"
        case otherWallet = "its wallet is none of those followed"
        case otherMarket = "its market is none of those followed"
        case otherCategory = "its market is in none of the categories asked for"
    }

    /// `nil` when the trade is wanted.
    package func objection(to trade: AlertTrade, as type: AlertType) -> Objection? {
        if !types.isEmpty, !types.contains(type) { return .otherType }
        if let minValue, (trade.value ?? .zero) < minValue { return .belowMinValue }
        if let maxPrice, let price = trade.price, price > maxPrice { return .aboveMaxPrice }
        if !tiers.isEmpty, !(trade.tier.map(tiers.contains) ?? false) { return .otherTier }
        if !sides.isEmpty, !(trade.side.map(sides.contains) ?? false) { return .otherSide }
        if !wallets.isEmpty, !(trade.wallet.map(wallets.contains) ?? false) { return .otherWallet }
        if !markets.isEmpty {
            let names = [trade.condition, trade.slug, trade.eventSlug].compactMap { $0?.lowercased() }
            if markets.isDisjoint(with: names) { return .otherMarket }
        }
        if !categories.isEmpty {
            let names = trade.topics.map { $0.lowercased() } + [trade.eventSlug ?? "", trade.slug ?? ""]
            guard
                categories.contains(where: { category in
                    names.contains { $0 == category || $0.hasPrefix("\(category)-") }
                })
            else { return .otherCategory }
        }
        return nil
    }
}
