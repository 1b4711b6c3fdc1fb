/// Who has won most, by period: a small part of what a wallet has won in all its life, or the opposite of it.
package struct Leaderboard: Sendable {
    package enum Period: String, CaseIterable, Sendable {
        case day = "DAY", week = "WEEK", month = "MONTH", all = "ALL"

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
        package let volume: Double
    }

    /// By profit, best first.
    package let places: [Place]

    init(of population: Population, _ period: Period, seed: UInt64, closedMarkets: Int) {
        var dice = Dice(seed: seed, for: "leaderboard \(period)")
        places = population.wallets.map { wallet in
            let plan = WalletPlan(of: wallet, seed: seed, closedMarkets: closedMarkets)
            let noise = period == .all ? 1 : dice.real(-0.7...2)
            let profit = Double(plan.profit) / 100 * period.share * noise
            return Place(
                wallet: wallet.number, profit: profit,
                volume: abs(profit) * dice.real(3...20) + Double(plan.trades) * 150 * period.share)
        }.sorted { $0.profit > $1.profit }
    }
}
