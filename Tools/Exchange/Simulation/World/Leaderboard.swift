import PMRecord

/// The wallets by profit, for one period: a part of what a wallet has won in all its life, or the opposite of it.
package struct Leaderboard: Sendable {
    package enum Period: String, CaseIterable, Sendable {
        case day, week, month, all

        fileprivate var share: Double {
            switch self {
            case .day: 0.02
            case .week: 0.08
            case .month: 0.25
            case .all: 1
            }
        }
    }

    package struct Place: Sendable {
        package let wallet: Int
        /// Dollars.
        package let profit: Double
        /// Shares, and dollars.
        package let volume: Double
        package let volumeDollars: Double
    }

    /// By profit, best first.
    package let places: [Place]

    init(of population: Population, _ period: Period, seed: UInt64, closedMarkets: Int) {
        var random = SeededRandom(seed: seed, for: "leaderboard \(period)")
        places = population.wallets.map { wallet in
            let targets = WalletTargets(of: wallet, seed: seed, closedMarkets: closedMarkets)
            let noise = period == .all ? 1 : random.double(in: -0.7...2)
            let profit = Double(targets.profit) / 100 * period.share * noise
            let dollars =
                abs(profit) * random.double(in: 3...20) + Double(targets.trades) * 150 * period.share
            return Place(
                wallet: wallet.number, profit: profit, volume: dollars / random.double(in: 0.3...0.7),
                volumeDollars: dollars)
        }.sorted { $0.profit > $1.profit }
    }

    /// Places with their ranks: equal amounts share a rank, and the next rank is skipped.
    static func ranked(_ places: [Place], by amount: (Place) -> Double) -> [(rank: Int, place: Place)] {
        var ranked: [(rank: Int, place: Place)] = []
        for (index, place) in places.enumerated() {
            let isTie = ranked.last.map { amount($0.place) == amount(place) } ?? false
            ranked.append((isTie ? ranked[index - 1].rank : index + 1, place))
        }
        return ranked
    }
}
