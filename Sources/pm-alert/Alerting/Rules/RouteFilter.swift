import PMRecord

/// The trades that a route admits. An empty set or `nil` admits all, no types the default ones; bounds are inclusive.
package struct RouteFilter: Sendable, Equatable {
    package var types: Set<AlertType> = []
    /// The least value in dollars.
    package var minValue: Decimal?
    /// The highest price in dollars a share.
    package var maxPrice: Decimal?
    package var tiers: Set<String> = []
    package var sides: Set<Side> = []
    /// `nil` for one alert a match: all trades but a maker's, and of ``wallets`` those in any role.
    package var roles: RoleChoice?
    /// Addresses in lower case.
    package var wallets: Set<String> = []
    /// Condition ids, slugs and event slugs in lower case.
    package var markets: Set<String> = []
    /// Topics of the market, or the first words of its slug or its event's, in lower case.
    package var categories: Set<String> = []
    /// The noise labels whose trades are left out; `ALL` for every label.
    package var excludedNoise: Set<String> = []
    /// The time without a second alert about the same wallet and market; `nil` for the default.
    package var cooldown: Duration?

    package init() {}

    /// The first condition that a trade does not meet.
    package enum Mismatch: String, Sendable {
        case otherType = "the rule is not in types"
        case belowMinValue = "the value is below min_value"
        case aboveMaxPrice = "the price is above max_price"
        case otherTier = "the tier is not in tiers"
        case otherSide = "the side is not in sides"
        case otherRole = "the role is not in roles"
        case otherWallet = "the wallet is not in wallets"
        case otherMarket = "the market is not in markets"
        case noise = "the trade is labelled as noise"
        case otherCategory = "the market is in none of categories"
    }

    /// Returns true if the filter admits the trade's role.
    func admitsRole(of trade: AlertTrade) -> Bool { admitsRole(isMaker: trade.isMaker) }

    func admitsRole(isMaker: Bool) -> Bool {
        (roles ?? (wallets.isEmpty ? .taker : .all)).admits(isMaker: isMaker)
    }

    func admits(_ type: AlertType) -> Bool { (types.isEmpty ? AlertType.defaults : types).contains(type) }

    /// Returns why the filter rejects the trade, `nil` when it admits it.
    package func mismatch(with trade: AlertTrade, as type: AlertType) -> Mismatch? {
        if !admitsRole(of: trade) { return .otherRole }
        if !admits(type) { return .otherType }
        if let minValue, (trade.value ?? .zero) < minValue { return .belowMinValue }
        if let maxPrice, let price = trade.price, price > maxPrice { return .aboveMaxPrice }
        if !tiers.isEmpty, !(trade.tier.map(tiers.contains) ?? false) { return .otherTier }
        if !sides.isEmpty, !(trade.side.map(sides.contains) ?? false) { return .otherSide }
        if !wallets.isEmpty, !(trade.wallet.map(wallets.contains) ?? false) { return .otherWallet }
        if !markets.isEmpty, markets.isDisjoint(with: trade.marketNames) { return .otherMarket }
        if !excludedNoise.isEmpty {
            let noise = trade.signals.noise
            let isExcluded =
                !noise.isEmpty && (excludedNoise.contains("ALL") || !excludedNoise.isDisjoint(with: noise))
            if isExcluded { return .noise }
        }
        if !categories.isEmpty, categories.isDisjoint(with: trade.categories) { return .otherCategory }
        return nil
    }
}

extension AlertTrade {
    /// The names by which a filter may mean the trade's market, in lower case.
    var marketNames: [String] { [condition, slug, eventSlug].compactMap { $0?.lowercased() } }

    /// The categories of the trade's market, in lower case: its topics and slugs, and their first words.
    ///
    ///     nba-lal-bos-2026-01-02 → nba, nba-lal, nba-lal-bos, …
    var categories: [String] {
        let names = topics.map { $0.lowercased() } + [eventSlug, slug].compactMap(\.self)
        return names.flatMap { name in
            name.indices.filter { name[$0] == "-" }.map { String(name[..<$0]) } + [name]
        }
    }
}
