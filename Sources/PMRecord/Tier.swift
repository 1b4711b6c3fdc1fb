/// A rank by value: trades of at least so many dollars have it.
///
/// The defaults are those of POLYMARKET.md, part B; bounds are inclusive.
package struct Tier: Sendable, Equatable {
    package let name: String
    package let least: Decimal

    package init(name: String, least: Decimal) {
        self.name = name
        self.least = least
    }

    package static let defaults = [
        Tier(name: "WHALE", least: 8_001),
        Tier(name: "MEGA_WHALE", least: 15_000),
        Tier(name: "SUPER_WHALE", least: 50_000),
        Tier(name: "GOD_WHALE", least: 100_000),
    ]

    /// The tags that a trade of that tier has: its own and, of the default tiers, all below it, highest first.
    package static func tags(upTo name: String) -> [String] {
        guard let place = defaults.firstIndex(where: { $0.name == name }) else { return [name] }
        return defaults[...place].reversed().map(\.name)
    }
}
