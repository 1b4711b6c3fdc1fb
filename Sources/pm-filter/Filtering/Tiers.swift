import PMRecord

/// The configured tiers, highest first, with their names encoded as JSON.
package struct Tiers: Sendable {
    private let ladder: [(least: Decimal, json: [UInt8])]

    /// - Parameter tiers: In any order. Of two with the same name or the same bound, the later one wins.
    package init(_ tiers: [Tier] = Tier.defaults) {
        var standing: [Tier] = []
        for tier in tiers {
            standing.removeAll { $0.name == tier.name || $0.least == tier.least }
            standing.append(tier)
        }
        ladder = standing.sorted { $0.least > $1.least }.map {
            ($0.least, Array("\"\($0.name)\"".utf8))
        }
    }

    /// Returns the highest tier for a value, as JSON; `nil` below the lowest.
    func json(for value: Decimal) -> [UInt8]? {
        ladder.first { value >= $0.least }?.json
    }
}
