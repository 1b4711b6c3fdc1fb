import PMRecord

/// The tiers in force, highest first, each with its name ready to be written.
package struct Tiers: Sendable {
    private let ladder: [(least: Decimal, json: [UInt8])]

    /// - Parameter tiers: In any order; of two with one name, or with one bound, the later stands.
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

    /// The highest tier that a trade of that value has, as JSON; `nil` below the lowest.
    func json(for value: Decimal) -> [UInt8]? {
        ladder.first { value >= $0.least }?.json
    }
}
