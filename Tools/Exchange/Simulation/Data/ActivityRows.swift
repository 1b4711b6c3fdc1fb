import PMJSON

/// The rows of `/v2/activity`.
struct ActivityRows {
    let world: World

    func write(_ fill: Fill, to row: inout JSONWriter) {
        let (market, wallet) = (world.markets[fill.market], world.population.wallets[fill.wallet])
        let label = TradeRows.Label(of: fill, in: market)
        row.field("proxy_wallet", wallet.address)
        row.field("timestamp", fill.block.seconds)
        row.field("condition_id", world.rowConditionID(of: market))
        row.field("type", "TRADE")
        row.field("size", digits: fill.size)
        row.field("usdc_size", digits: decimalText(exact: fill.dollarsWithFee))
        row.field("transaction_hash", fill.transaction)
        row.field("price", digits: fill.price)
        row.field("token_id", market.assets[fill.outcome])
        row.field("side", fill.side.rawValue)
        row.field("outcome_index", label.index)
        row.field("title", market.title)
        row.field("slug", market.slug)
        row.field("icon", market.event.category.icon)
        row.field("event_slug", label.eventSlug)
        row.field("outcome", label.outcome)
        row.writeProfile(of: wallet)
        if market.isCombo { row.field("is_combo", true) }
    }

    /// Anything but a trade: it has no token and no outcome.
    func write(_ event: ActivityEvent, of wallet: Wallet, to row: inout JSONWriter) {
        let market = event.market.map { world.markets[$0] }
        row.field("proxy_wallet", wallet.address)
        row.field("timestamp", event.time.milliseconds / 1_000)
        row.field("condition_id", market.map { world.rowConditionID(of: $0) } ?? "")
        row.field("type", event.type.rawValue)
        row.field("size", dollars: event.dollars)
        row.field("usdc_size", dollars: event.dollars)
        row.field("transaction_hash", event.transaction)
        row.field("price", 0)
        row.field("token_id", "")
        row.field("side", event.type == .tip ? (event.isOutgoing ? "OUT" : "IN") : "")
        row.field("outcome_index", 999)
        row.field("title", market?.title ?? "")
        row.field("slug", market?.slug ?? "")
        row.field("icon", market?.event.category.icon ?? "")
        row.field("event_slug", market?.event.slug ?? "")
        row.field("outcome", "")
        row.writeProfile(of: wallet)
    }
}
