import Glibc

/// Points from 0 to 100 for a trade whose wallet may know something, with the parts that they come from.
///
/// The weights are judgements, not fitted to data. Each part grows with its fact, and a fact that is not known has no
/// points. Grades say what the score is worth: see ``grades(of:)``.
package struct InformedTradeScore: Sendable, Equatable {
    /// The facts about a trade; `nil` for what is not known.
    package struct Facts: Sendable {
        package var isFreshWallet: Bool?
        /// Dollars.
        package var value: Double?
        /// Dollars traded in the market in 24 hours.
        package var marketVolume: Double?
        /// The price of the outcome that the trade bets on: a sale at 0.9 is a bet on the other outcome at 0.1.
        package var boughtPrice: Double?
        /// Hours to the market's end; negative after it.
        package var hoursToEnd: Double?
        /// The share of the wallet's money that is in this market, this trade included, from 0 to 1.
        package var concentration: Double?
        /// True if the wallet was not seen in this category before.
        package var isNewCategory: Bool?
        /// True if the wallet holds the other outcome too.
        package var isHedged: Bool?

        package init() {}
    }

    package enum Part: String, Sendable, CaseIterable {
        case freshWallet = "fresh_wallet"
        case size = "size_of_volume"
        case unlikelyOutcome = "unlikely_outcome"
        case concentration
        case nearEnd = "near_end"
        case unhedged
        case newCategory = "new_category"

        /// The most points.
        package var weight: Int {
            switch self {
            case .freshWallet: 25
            case .size: 20
            case .unlikelyOutcome, .concentration: 15
            case .nearEnd, .unhedged: 10
            case .newCategory: 5
            }
        }
    }

    /// The points of each part that is known.
    package private(set) var parts: [(part: Part, points: Int)] = []

    package var points: Int { parts.reduce(0) { $0 + $1.points } }

    package init(_ facts: Facts) {
        for part in Part.allCases {
            guard let share = facts.share(of: part) else { continue }
            parts.append((part, Int((Double(part.weight) * share).rounded(.down))))
        }
    }

    package static func == (left: InformedTradeScore, right: InformedTradeScore) -> Bool {
        left.parts.elementsEqual(right.parts) { $0 == $1 }
    }
}

extension InformedTradeScore.Facts {
    /// The part's share of its points, from 0 to 1; `nil` when unknown.
    fileprivate func share(of part: InformedTradeScore.Part) -> Double? {
        switch part {
        case .freshWallet: isFreshWallet.map { $0 ? 1 : 0 }
        case .size:
            if let value, let marketVolume, value > 0, marketVolume > 0 {
                // From 1 % of the day's volume to 20 %, by orders of magnitude.
                ramp(log(value / marketVolume), from: log(0.01), to: log(0.2))
            } else {
                nil
            }
        case .unlikelyOutcome: boughtPrice.map { ramp($0, from: 0.5, to: 0.1) }
        case .concentration: concentration.map { ramp($0, from: 0.2, to: 0.8) }
        case .nearEnd: hoursToEnd.map { $0 < 0 ? 0 : ramp($0, from: 72, to: 6) }
        case .unhedged: isHedged.map { $0 ? 0 : 1 }
        case .newCategory: isNewCategory.map { $0 ? 1 : 0 }
        }
    }
}

/// Returns 0 at `start` and before, 1 at `end` and beyond, and the place in between.
private func ramp(_ value: Double, from start: Double, to end: Double) -> Double {
    min(1, max(0, (value - start) / (end - start)))
}
