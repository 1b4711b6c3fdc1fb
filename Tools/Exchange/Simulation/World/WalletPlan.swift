import PMRecord

/// What a wallet's past comes to: the truth that a profile is to find.
package struct WalletPlan: Sendable {
    /// Positions closed, open in markets that trade, and lost but never redeemed.
    package let closed: Int
    package let open: Int
    package let unredeemed: Int
    /// Of all positions, those with a profit.
    package let winners: Int
    /// Cents, over all positions.
    package let profit: Int
    /// Trades before the start.
    package let trades: Int
    /// Merges, splits, rewards and the like.
    package let otherActivity: Int

    package var positions: Int { closed + open + unredeemed }

    init(of wallet: Wallet, seed: UInt64, closedMarkets: Int) {
        var dice = Dice(seed: seed, for: "plan \(wallet.address)")
        var rate: Double
        var dollars: Double
        var other = dice.whole(0...4)
        switch wallet.character {
        case .whale:
            (closed, open, unredeemed, trades) = (140, 10, 0, 260)
            (rate, dollars) = (0.68, 80_000)
        case .smart:
            (closed, open, unredeemed, trades) = (
                dice.whole(110...150), dice.whole(4...12), dice.whole(0...4), dice.whole(80...240)
            )
            (rate, dollars) = (dice.real(0.64...0.75), dice.real(55_000...150_000))
        case .degen:
            (closed, open, unredeemed, trades) = (
                dice.whole(20...60), dice.whole(3...9), dice.whole(20...40), dice.whole(60...200)
            )
            (rate, dollars) = (dice.real(0.2...0.35), dice.real(-60_000...(-12_000)))
        case .fresh:
            (closed, open, unredeemed, trades) = (0, dice.whole(0...2), 0, dice.whole(0...3))
            (rate, dollars, other) = (0.5, 0, 0)
        case .insider:
            (closed, open, unredeemed, trades) = (dice.whole(22...30), 1, 0, dice.whole(4...8))
            (rate, dollars) = (dice.real(0.82...0.92), dice.real(12_000...45_000))
        case .maker:
            (closed, open, unredeemed, trades) = (
                dice.whole(220...290), dice.whole(20...40), dice.whole(0...5), dice.whole(300...600)
            )
            (rate, dollars, other) = (dice.real(0.46...0.52), dice.real(500...8_000), dice.whole(30...80))
        case .ordinary:
            (closed, open, unredeemed, trades) = (
                dice.whole(0...40), dice.whole(0...6), dice.whole(0...5), dice.whole(4...90)
            )
            (rate, dollars) = (dice.real(0.35...0.55), dice.real(-4_000...4_000))
        }
        otherActivity = other
        let count = closed + open + unredeemed
        // Each market pays out on one outcome, so there are as many winning positions as closed markets.
        winners = min(Int((rate * Double(count)).rounded()), min(closed, closedMarkets) + open)
        let canBe = winners == 0 ? min(dollars, 0) : winners == count ? max(dollars, 0) : dollars
        profit = count == 0 ? 0 : Int((canBe * 100).rounded())
    }

    /// Profits and losses in cents that sum up to ``profit``: the winners first.
    func results(dice: inout Dice) -> [Int] {
        guard positions > 0 else { return [] }
        var gains = (0..<winners).map { _ in dice.logNormal(median: 300, sigma: 1) }
        var losses = (winners..<positions).map { _ in dice.logNormal(median: 260, sigma: 0.9) }
        let (gained, lost, target) = (gains.reduce(0, +), losses.reduce(0, +), Double(profit) / 100)
        if target >= 0 || losses.isEmpty {
            gains = gains.map { $0 * (lost + target) / max(gained, 0.01) }
        } else {
            losses = losses.map { $0 * (gained - target) / max(lost, 0.01) }
        }
        var cents = gains.map { max(Int($0 * 100), 1) } + losses.map { -max(Int($0 * 100), 1) }
        // What rounding left over goes to one that can bear it.
        let place = (target >= 0 && winners > 0) ? 0 : cents.count - 1
        cents[place] += profit - cents.reduce(0, +)
        return cents
    }
}
