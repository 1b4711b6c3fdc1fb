import PMJSON

/// `GET /v2/activity/combos`: the life of a wallet's combos, without their trades.
struct ComboActivityRoute: DataRoute {
    let state: DataState

    func answer(_ query: DataQuery) throws(DataError) -> [UInt8] {
        let user = try query.requiredUser()
        let conditions = paddedConditions(try query.conditions())
        let cursor = try query.cursor("combo_activity")
        let limit = try query.limit(cursor)
        var entries = state.wallet(user).map { self.entries(of: state.history(of: $0)) } ?? []
        if !conditions.isEmpty {
            entries.removeAll { !conditions.contains(state.world.markets[$0.holding.market].conditionID) }
        }
        entries.sort { $0.key > $1.key }
        if let block = cursor?.int("b"), let log = cursor?.int("lg") {
            entries.removeAll { $0.key >= (block, log) }
        }
        let page = entries.prefix(limit)
        let next = entries.count > limit ? page.last : nil
        return Envelope.page(
            page, limit: limit,
            next: next.map {
                SignedCursor(
                    "combo_activity",
                    [("l", .number(limit)), ("b", .number($0.block.number)), ("lg", .number($0.log))])
            }
        ) { write($1, of: user, to: &$0) }
    }

    private struct Entry {
        let holding: ComboHolding
        let type: String
        let block: Block
        let log: Int

        var key: (Int, Int) { (block.number, log) }
    }

    /// A split when the wallet entered, and a redemption of a winner.
    private func entries(of history: WalletHistory) -> [Entry] {
        let period = state.world.options.blockPeriod
        return history.combos.enumerated().flatMap { index, holding in
            var entries = [
                Entry(
                    holding: holding, type: "SPLIT", block: Block(at: holding.firstEntry, period: period),
                    log: 300 + index)
            ]
            if holding.payout > 0, let end = holding.resolvedAt {
                entries.append(
                    Entry(
                        holding: holding, type: "REDEEM", block: Block(at: end, period: period),
                        log: 600 + index))
            }
            return entries
        }
    }

    private func write(_ entry: Entry, of user: String, to row: inout JSONWriter) {
        let market = state.world.markets[entry.holding.market]
        let isRedeem = entry.type == "REDEEM"
        row.field("id", "\(entry.holding.transaction)-\(entry.log)")
        row.field("type", entry.type)
        row.field("proxy_wallet", user)
        row.field("combo_condition_id", market.shortConditionID)
        row.field("combo_position_id", market.assets[0])
        if isRedeem { row.null("amount_usdc") } else { row.field("amount_usdc", micros: entry.holding.size) }
        if isRedeem {
            row.field("payout_usdc", micros: entry.holding.payout)
        } else {
            row.null("payout_usdc")
        }
        row.field("block_number", entry.block.number)
        row.field("timestamp", entry.block.seconds)
        row.field("transaction_hash", entry.holding.transaction)
        ComboLegs(world: state.world).write(of: market, usesStructuralIDs: false, to: &row)
    }
}
