import PMRecord

/// The totals of a wallet's history, which a correct profile has.
package struct WalletTargets: Sendable {
    /// Positions by state: exited, in running markets, won and not redeemed, lost and not redeemed.
    package let closed: Int
    package let open: Int
    package let redeemable: Int
    package let lost: Int
    /// The number of positions with a profit.
    package let winners: Int
    /// Cents, over all positions that the default listings show.
    package let profit: Int
    /// Trades before the start.
    package let trades: Int
    /// Merges, splits, rewards and the like.
    package let otherActivity: Int
    package let combos: Int
    /// Positions that the default listings leave out: below the dust floor, and in archived markets.
    package let dust: Int
    package let archived: Int

    package var positions: Int { closed + open + redeemable + lost }

    init(of wallet: Wallet, seed: UInt64, closedMarkets: Int) {
        var random = SeededRandom(seed: seed, for: "targets \(wallet.address)")
        var rate: Double
        var dollars: Double
        var other = random.int(in: 0...4)
        switch wallet.archetype {
        case .whale:
            (closed, open, lost, trades) = (140, 10, 0, 260)
            (rate, dollars) = (0.68, 80_000)
        case .smart:
            (closed, open, lost, trades) = (
                random.int(in: 110...150), random.int(in: 4...12), random.int(in: 0...4),
                random.int(in: 80...240)
            )
            (rate, dollars) = (random.double(in: 0.64...0.75), random.double(in: 55_000...150_000))
        case .degen:
            (closed, open, lost, trades) = (
                random.int(in: 20...60), random.int(in: 3...9), random.int(in: 20...40),
                random.int(in: 60...200)
            )
            (rate, dollars) = (random.double(in: 0.2...0.35), random.double(in: -60_000...(-12_000)))
        case .fresh:
            (closed, open, lost, trades) = (0, random.int(in: 0...2), 0, random.int(in: 0...3))
            (rate, dollars, other) = (0.5, 0, 0)
        case .insider:
            (closed, open, lost, trades) = (random.int(in: 22...30), 1, 0, random.int(in: 4...8))
            (rate, dollars) = (random.double(in: 0.82...0.92), random.double(in: 12_000...45_000))
        case .maker:
            (closed, open, lost, trades) = (
                random.int(in: 220...290), random.int(in: 20...40), random.int(in: 0...5),
                random.int(in: 300...600)
            )
            (rate, dollars, other) = (
                random.double(in: 0.46...0.52), random.double(in: 500...8_000), random.int(in: 30...80)
            )
        case .ordinary:
            (closed, open, lost, trades) = (
                random.int(in: 0...40), random.int(in: 0...6), random.int(in: 0...5),
                random.int(in: 4...90)
            )
            (rate, dollars) = (random.double(in: 0.35...0.55), random.double(in: -4_000...4_000))
        }
        otherActivity = other
        let isPlain = [.whale, .fresh, .insider].contains(wallet.archetype)
        redeemable = isPlain ? 0 : random.int(in: 0...2)
        combos = isPlain || random.chance(0.6) ? 0 : random.int(in: 1...6)
        dust = isPlain ? 0 : random.int(in: 0...2)
        archived = isPlain || random.chance(0.5) ? 0 : 1
        let count = closed + open + lost + redeemable
        // Each market pays out on one outcome, so there are at most as many winners as resolved markets that
        // are not archived.
        let most = min(closed + redeemable, closedMarkets - (closedMarkets + 12) / 20) + open
        winners = max(min(Int((rate * Double(count)).rounded()), most), min(redeemable, most))
        let canBe = winners == 0 ? min(dollars, 0) : winners == count ? max(dollars, 0) : dollars
        profit = count == 0 ? 0 : Int((canBe * 100).rounded())
    }

    /// Draws profits and losses, in cents, that sum up to ``profit``: the winners first.
    func results(random: inout SeededRandom) -> [Int] {
        guard positions > 0 else { return [] }
        var gains = (0..<winners).map { _ in random.logNormal(median: 300, sigma: 1) }
        var losses = (winners..<positions).map { _ in random.logNormal(median: 260, sigma: 0.9) }
        let (gained, lost, target) = (gains.reduce(0, +), losses.reduce(0, +), Double(profit) / 100)
        if target >= 0 || losses.isEmpty {
            gains = gains.map { $0 * (lost + target) / max(gained, 0.01) }
        } else {
            losses = losses.map { $0 * (gained - target) / max(lost, 0.01) }
        }
        var cents = gains.map { max(Int($0 * 100), 1) } + losses.map { -max(Int($0 * 100), 1) }
        // The remainder of the rounding goes to a position that is large enough.
        let index = (target >= 0 && winners > 0) ? 0 : cents.count - 1
        cents[index] += profit - cents.reduce(0, +)
        return cents
    }
}
