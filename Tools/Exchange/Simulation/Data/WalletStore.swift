/// Histories, leaderboards and holders, generated on demand and kept.
final class WalletStore {
    private var histories: [Int: WalletHistory] = [:]
    private var leaderboards: [Leaderboard.Period: Leaderboard] = [:]
    private var holdings: [Int: [Holding]]?

    /// A position and its owner.
    struct Holding {
        let wallet: Wallet
        let position: WalletPosition
    }

    func history(of wallet: Wallet, in world: World) -> WalletHistory {
        if let known = histories[wallet.number] { return known }
        if histories.count > 10_000 { histories = [:] }
        let made = WalletHistory(of: wallet, in: world)
        histories[wallet.number] = made
        return made
    }

    func leaderboard(_ period: Leaderboard.Period, in world: World) -> Leaderboard {
        if let known = leaderboards[period] { return known }
        let made = Leaderboard(
            of: world.population, period, seed: world.options.seed,
            closedMarkets: world.options.closedMarkets)
        leaderboards[period] = made
        return made
    }

    /// Everything that wallets of the start hold or held in a market.
    func holdings(in market: Int, of world: World) -> [Holding] {
        if let holdings { return holdings[market] ?? [] }
        var made: [Int: [Holding]] = [:]
        for wallet in world.population.wallets {
            for position in history(of: wallet, in: world).allPositions {
                made[position.market, default: []].append(Holding(wallet: wallet, position: position))
            }
        }
        holdings = made
        return made[market] ?? []
    }
}
