import PMJSON

/// Rows of `/positions`, `/closed-positions` and `/v1/leaderboard`.
struct PositionV1Rows {
    let world: World

    func writeOpen(_ position: WalletPosition, of wallet: Wallet, to row: inout JSONWriter) {
        let market = world.markets[position.market]
        row.field("proxyWallet", wallet.address)
        row.field("asset", market.assets[position.outcome])
        row.field("conditionId", world.rowConditionID(of: market))
        row.field("size", dollars: position.currentSize)
        row.field("avgPrice", dollars: position.averagePrice)
        row.field("initialValue", micros: position.entryCost * 100)
        row.field("currentValue", micros: position.currentValue * 100)
        row.field("cashPnl", micros: position.unrealized * 100)
        row.field(
            "percentPnl", dollars: Double(position.unrealized) / max(Double(position.entryCost), 1) * 100)
        row.field("totalBought", dollars: position.totalSize)
        row.field("realizedPnl", micros: position.realized * 100)
        row.field("percentRealizedPnl", 0)
        row.field("curPrice", dollars: position.currentPrice)
        row.field("redeemable", position.status == .redeemable)
        row.field("mergeable", position.isMergeable)
        writeTitles(of: position, to: &row)
        row.field("negativeRisk", market.event.negativeRiskID != nil)
        row.field("entryFeesUsdc", micros: position.feeMicros)
        row.field("grossInitialValue", micros: position.entryCost * 100 + position.feeMicros)
    }

    func writeClosed(_ position: WalletPosition, of wallet: Wallet, to row: inout JSONWriter) {
        let market = world.markets[position.market]
        row.field("proxyWallet", wallet.address)
        row.field("asset", market.assets[position.outcome])
        row.field("conditionId", world.rowConditionID(of: market))
        row.field("avgPrice", dollars: position.averagePrice)
        row.field("totalBought", dollars: position.totalSize)
        row.field("realizedPnl", micros: position.realized * 100)
        row.field("curPrice", dollars: position.currentPrice)
        writeTitles(of: position, to: &row)
        row.field("timestamp", position.lastEvent.milliseconds / 1_000)
    }

    func write(_ place: Leaderboard.Place, rank: Int, to row: inout JSONWriter) {
        let wallet = world.population.wallets[place.wallet]
        row.field("rank", String(rank))
        row.field("proxyWallet", wallet.address)
        row.field("userName", wallet.name)
        row.field("xUsername", "")
        row.field("verifiedBadge", false)
        row.field("vol", dollars: place.volumeDollars)
        row.field("pnl", dollars: place.profit)
        row.field("profileImage", "")
    }

    private func writeTitles(of position: WalletPosition, to row: inout JSONWriter) {
        let market = world.markets[position.market]
        row.field("title", market.title)
        row.field("slug", market.slug)
        row.field("icon", market.event.category.icon)
        row.field("eventId", String(market.event.id))
        row.field("eventSlug", market.event.slug)
        row.field("outcome", market.outcomes[position.outcome])
        row.field("outcomeIndex", position.outcome)
        row.field("oppositeOutcome", market.outcomes[1 - position.outcome])
        row.field("oppositeAsset", market.assets[1 - position.outcome])
        row.field("endDate", String(market.end.description.prefix(10)))
    }
}
