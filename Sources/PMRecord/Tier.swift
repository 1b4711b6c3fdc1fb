/// A rank by value: a trade of at least this many dollars has it.
///
/// Bounds are inclusive. Source of the defaults: docs/POLYMARKET.md, "What the worker makes of a trade".
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

    /// The tags of a trade in this tier, highest first: its own and, for a default tier, all below it.
    package static func tags(upTo name: String) -> [String] {
        guard let index = defaults.firstIndex(where: { $0.name == name }) else { return [name] }
        return defaults[...index].reversed().map(\.name)
    }
}
