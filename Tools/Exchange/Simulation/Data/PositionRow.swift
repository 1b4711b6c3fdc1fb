import PMJSON

/// A row of `/v2/positions`.
struct PositionRow {
    let world: World

    func write(_ holding: WalletStore.Holding, to row: inout JSONWriter) {
        let (wallet, position) = (holding.wallet, holding.position)
        let market = world.markets[position.market]
        row.field("proxy_wallet", wallet.address)
        row.field("token_id", market.assets[position.outcome])
        row.field("condition_id", world.rowConditionID(of: market))
        row.field("current_size", dollars: position.currentSize)
        row.field("avg_price", dollars: position.averagePrice)
        row.field("entry_cost_usdc", micros: position.entryCost * 100)
        row.field("entry_fees_usdc", micros: position.feeMicros)
        row.field("total_cost_usdc", micros: position.entryCost * 100 + position.feeMicros)
        row.field("current_price", dollars: position.currentPrice)
        row.field("current_value", micros: position.currentValue * 100)
        row.field("total_size", dollars: position.totalSize)
        row.field("realized_pnl", micros: position.realized * 100)
        row.field("unrealized_pnl", micros: position.unrealized * 100)
        row.field("total_pnl", micros: position.total * 100)
        row.field("percent_pnl", dollars: percent(position.unrealized, of: Double(position.entryCost)))
        row.field("percent_realized_pnl", dollars: percentRealized(position))
        row.field("status", position.status.rawValue)
        row.field("redeemable", position.status == .redeemable)
        row.field("mergeable", position.isMergeable)
        row.field("negative_risk", market.event.negativeRiskID != nil)
        row.field("archived", market.isArchived)
        row.field("title", market.title)
        row.field("slug", market.slug)
        row.field("icon", market.event.category.icon)
        row.field("event_id", String(market.event.id))
        row.field("event_slug", market.event.slug)
        row.field("outcome", market.outcomes[position.outcome])
        row.field("outcome_index", position.outcome)
        row.field("opposite_outcome", market.outcomes[1 - position.outcome])
        row.field("opposite_token_id", market.assets[1 - position.outcome])
        // A market without a date has this one.
        row.field(
            "end_date",
            market.id.isMultiple(of: 11) ? "1970-01-01" : String(market.end.description.prefix(10)))
        row.field("last_event_at", position.lastEvent.milliseconds / 1_000)
        row.field("first_entry_at", position.firstEntry.milliseconds / 1_000)
        row.field("name", wallet.name)
        row.field("profile_image", "")
        row.field("verified", wallet.archetype == .smart)
    }

    private func percent(_ part: Int, of whole: Double) -> Double {
        whole == 0 ? 0 : Double(part) / whole * 100
    }

    /// (current value − total size × average price) ÷ (total size × average price), in percent.
    private func percentRealized(_ position: WalletPosition) -> Double {
        let bought = position.totalSize * position.averagePrice * 10_000
        guard position.status != .closed else { return percent(position.realized, of: bought) }
        return bought == 0 ? 0 : (Double(position.currentValue) - bought) / bought * 100
    }
}
