import PMJSON

/// `GET /v2/holders`: the largest holders of each token of some markets.
struct HoldersRoute: DataRoute {
    let state: DataState

    func answer(_ query: DataQuery) throws(DataError) -> [UInt8] {
        let conditions = try query.conditions()
        guard !conditions.isEmpty else { throw .missing("condition") }
        guard conditions.allSatisfy({ $0.utf8.count == 66 }) else {
            throw .invalid("invalid condition id", "condition")
        }
        let includesPnL = query.flag("include_pnl", default: false)
        guard !includesPnL || conditions.count == 1 else {
            throw .invalid("include_pnl requires exactly one condition", "condition")
        }
        let cursor = try query.cursor("holders")
        let limit = try query.limit(cursor, most: includesPnL ? 100 : 1_000)
        let offset = cursor?.int("o") ?? 0
        let least = try query.number("min_balance") ?? 0
        var groups: [(asset: String, holdings: ArraySlice<WalletStore.Holding>)] = []
        var hasMore = false
        for market in conditions.compactMap({ state.world.index(ofCondition: $0) }) {
            for outcome in 0...1 {
                let holders = holders(of: market, outcome, least)
                hasMore = hasMore || holders.count > offset + limit
                let page = holders.dropFirst(offset).prefix(limit)
                if !page.isEmpty { groups.append((state.world.markets[market].assets[outcome], page)) }
            }
        }
        let next = SignedCursor("holders", [("l", .number(limit)), ("o", .number(offset + limit))])
        return Envelope.page(groups, limit: limit, next: hasMore ? next : nil) { row, group in
            row.field("token_id", group.asset)
            row.key("holders")
            row.array { array in
                for holding in group.holdings {
                    array.object { write(holding, group.asset, includesPnL: includesPnL, to: &$0) }
                }
            }
        }
    }

    private func holders(of market: Int, _ outcome: Int, _ least: Double) -> [WalletStore.Holding] {
        state.store.holdings(in: market, of: state.world).filter {
            let position = $0.position
            return position.outcome == outcome && position.currentSize > 0 && position.currentSize >= least
        }.sorted { $0.position.currentSize > $1.position.currentSize }
    }

    private func write(
        _ holding: WalletStore.Holding, _ asset: String, includesPnL: Bool, to row: inout JSONWriter
    ) {
        let (wallet, position) = (holding.wallet, holding.position)
        row.field("proxy_wallet", wallet.address)
        row.field("bio", "")
        row.field("token_id", asset)
        row.field("pseudonym", wallet.pseudonym)
        row.field("amount", dollars: position.currentSize)
        row.field("display_username_public", !wallet.name.isEmpty)
        row.field("outcome_index", position.outcome)
        row.field("name", wallet.name)
        row.field("profile_image", "")
        row.field("profile_image_optimized", "")
        row.field("verified", wallet.archetype == .smart)
        guard includesPnL else { return }
        row.field("avg_price", dollars: position.averagePrice)
        row.field("entry_cost_usdc", micros: position.entryCost * 100)
        row.field("current_price", dollars: position.currentPrice)
        row.field("current_value", micros: position.currentValue * 100)
        row.field("realized_pnl", micros: position.realized * 100)
        row.field("unrealized_pnl", micros: position.unrealized * 100)
        row.field("total_pnl", micros: position.total * 100)
    }
}
