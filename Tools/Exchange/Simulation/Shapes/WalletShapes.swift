import PMJSON
import PMRecord

/// Positions and places on the leaderboard, as the Data API tells them.
struct WalletShapes {
    let world: World

    func writeOpen(_ position: WalletHistory.Position, of wallet: Wallet, to row: inout JSONWriter) {
        let market = world.markets[position.market]
        let initial = position.size * position.averagePrice
        row.feed("proxyWallet", wallet.address)
        row.feed("asset", market.assets[position.outcome])
        row.feed("conditionId", market.conditionID)
        row.feed("size", dollars: position.size)
        row.feed("avgPrice", dollars: position.averagePrice)
        row.feed("initialValue", dollars: initial)
        row.feed("currentValue", dollars: position.size * position.currentPrice)
        row.feed("cashPnl", dollars: position.profit)
        row.feed("percentPnl", dollars: position.profit / max(initial, 0.0001) * 100)
        row.feed("totalBought", dollars: position.size)
        row.feed("realizedPnl", 0)
        row.feed("percentRealizedPnl", 0)
        row.feed("curPrice", dollars: position.currentPrice)
        row.feed("redeemable", position.closed != nil)
        row.feed("mergeable", false)
        writeTitles(of: position, to: &row)
        row.feed("negativeRisk", market.event.negativeRiskID != nil)
    }

    func writeClosed(_ position: WalletHistory.Position, of wallet: Wallet, to row: inout JSONWriter) {
        let market = world.markets[position.market]
        row.feed("proxyWallet", wallet.address)
        row.feed("asset", market.assets[position.outcome])
        row.feed("conditionId", market.conditionID)
        row.feed("avgPrice", dollars: position.averagePrice)
        row.feed("totalBought", dollars: position.size)
        row.feed("realizedPnl", dollars: position.profit)
        row.feed("curPrice", dollars: position.currentPrice)
        writeTitles(of: position, to: &row)
        row.feed("timestamp", (position.closed ?? world.start).milliseconds / 1_000)
    }

    func writePlace(_ place: Leaderboard.Place, rank: Int, to row: inout JSONWriter) {
        let wallet = world.population.wallets[place.wallet]
        row.feed("rank", String(rank))
        row.feed("proxyWallet", wallet.address)
        row.feed("userName", wallet.name)
        row.feed("xUsername", "")
        row.feed("verifiedBadge", false)
        row.feed("vol", dollars: place.volume)
        row.feed("pnl", dollars: place.profit)
        row.feed("profileImage", "")
    }

    private func writeTitles(of position: WalletHistory.Position, to row: inout JSONWriter) {
        let market = world.markets[position.market]
        row.feed("title", market.title)
        row.feed("slug", market.slug)
        row.feed("icon", market.event.category.icon)
        row.feed("eventId", String(market.event.id))
        row.feed("eventSlug", market.event.slug)
        row.feed("outcome", market.outcomes[position.outcome])
        row.feed("outcomeIndex", position.outcome)
        row.feed("oppositeOutcome", market.outcomes[1 - position.outcome])
        row.feed("oppositeAsset", market.assets[1 - position.outcome])
        row.feed("endDate", String(market.end.description.prefix(10)))
    }
}
