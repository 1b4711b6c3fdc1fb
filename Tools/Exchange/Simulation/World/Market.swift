import PMRecord

/// A question with two outcomes and its price; or a combo, which is a conjunction of such questions.
package struct Market: Sendable {
    package let id: Int
    package let module: TokenModule
    /// `0x` and 64 hex digits, also for Protocol V2 and combos.
    package let conditionID: String
    package let slug: String
    package let title: String
    /// In the order of ``assets``, which is not always "Yes" first.
    package let outcomes: [String]
    package let assets: [String]
    package let event: Event
    package let created: Timestamp
    package let end: Timestamp
    /// The parts of a combo; empty for all other markets.
    package let legs: [Leg]
    /// True if Gamma has the market. Some markets of Protocol V2 and all combos are missing there.
    package let isListed: Bool
    package let isArchived: Bool
    /// Thousandths of a dollar, at the start: the price of everything that wallets held before.
    package let firstPrice: Int

    /// Thousandths of a dollar for a share of the first outcome.
    package var price: Int
    /// Thousandths of a dollar.
    package var tick: Int
    /// Dollars, of all time and of the last 24 hours.
    package var volume: Double
    package var volume24h: Double
    /// The outcome that won; `nil` while the market is open.
    package var winner: Int?
    /// The number of price changes. It determines the order book, together with the market.
    package var moves = 0

    /// One part of a combo: an outcome of another market.
    package struct Leg: Sendable {
        package let market: Int
        package let outcome: Int
    }

    package var isClosed: Bool { winner != nil }
    package var isCombo: Bool { module == .combo }
    package var hasFees: Bool { event.category != .politics }

    /// The id with 62 digits for Protocol V2 and combos, else ``conditionID``.
    package var shortConditionID: String { module.isV2 ? String(conditionID.dropLast(2)) : conditionID }

    /// Thousandths of a dollar for a share of that outcome: 1,000 or 0 when the market is resolved.
    package func price(of outcome: Int) -> Int {
        if let winner { return winner == outcome ? 1_000 : 0 }
        return outcome == 0 ? price : 1_000 - price
    }

    /// The same at the start.
    func firstPrice(of outcome: Int) -> Int { outcome == 0 ? firstPrice : 1_000 - firstPrice }
}

/// The event that a market belongs to; markets of one event with `negativeRiskID` are the outcomes of one question.
package struct Event: Sendable {
    package let id: Int
    package let slug: String
    package let title: String
    package let category: Category
    package let negativeRiskID: String?
    package let series: String?

    package init(
        id: Int, slug: String, title: String, category: Category, negativeRiskID: String? = nil,
        series: String? = nil
    ) {
        self.id = id
        self.slug = slug
        self.title = title
        self.category = category
        self.negativeRiskID = negativeRiskID
        self.series = series
    }
}

/// The categories that the leaderboard knows, with the tags of their markets.
package enum Category: String, CaseIterable, Sendable {
    case politics, sports, esports, crypto, culture, weather, economics, tech

    package var tags: [(id: Int, label: String, slug: String)] {
        let all = (
            100 + Self.allCases.firstIndex(of: self)!, rawValue.prefix(1).uppercased() + rawValue.dropFirst(),
            rawValue
        )
        return switch self {
        case .sports: [all, (220, "Games", "games")]
        case .crypto: [all, (230, "Up or Down", "up-or-down"), (231, "5M", "5m")]
        default: [all]
        }
    }

    package var icon: String { "https://images.example/\(rawValue) icon-01.png" }
}
