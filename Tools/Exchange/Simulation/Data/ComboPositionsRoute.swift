import PMJSON
import PMRecord

/// `GET /v2/positions/combos`.
struct ComboPositionsRoute: DataRoute {
    let state: DataState

    func answer(_ query: DataQuery) throws(DataError) -> [UInt8] {
        let user = try query.requiredUser()
        let cursor = try query.cursor("combo_positions")
        if let cursor, cursor["u"]?.string != user { throw .cursor }
        let limit = try query.limit(cursor)
        let kept = cursor?["s"]?.string.map { $0.split(separator: ",").map(String.init) }
        let statuses = try statuses(kept ?? query.all("status"))
        let requestedSort = try sort(query)
        let sort = cursor?["k"]?.string ?? requestedSort
        let requestedDirection = try query.isDescending()
        let isDescending = cursor?.int("d").map { $0 == 2 } ?? requestedDirection ?? true
        let conditions = paddedConditions(try query.conditions())
        var holdings = state.wallet(user).map { state.history(of: $0).combos } ?? []
        let (after, before) = (try query.int("updated_after"), try query.int("updated_before"))
        holdings.removeAll { holding in
            let updated = Int(updatedAt(holding).milliseconds / 1_000)
            return !matches(holding, statuses)
                || !(conditions.isEmpty
                    || conditions.contains(state.world.markets[holding.market].conditionID))
                || (after.map { updated < $0 } ?? false) || (before.map { updated > $0 } ?? false)
        }
        holdings.sort { isDescending == (key($0, sort) > key($1, sort)) && key($0, sort) != key($1, sort) }
        let offset = cursor?.int("o") ?? 0
        let page = holdings.dropFirst(offset).prefix(limit)
        let next = SignedCursor(
            "combo_positions",
            [
                ("l", .number(limit)), ("u", .string(user)), ("s", .string(statuses.joined(separator: ","))),
                ("k", .string(sort)), ("d", .number(isDescending ? 2 : 1)), ("o", .number(offset + limit)),
            ])
        return Envelope.page(page, limit: limit, next: offset + limit < holdings.count ? next : nil) {
            write($1, of: user, to: &$0)
        }
    }

    private func statuses(_ asked: [String]) throws(DataError) -> [String] {
        let known = Set(ComboHolding.Status.allCases.map(\.rawValue) + ["RESOLVED_PARTIAL", "REDEEMABLE"])
        guard asked.allSatisfy(known.contains), asked.count == 1 || !asked.contains("REDEEMABLE") else {
            throw .invalid("invalid status", "status")
        }
        return asked
    }

    private func sort(_ query: DataQuery) throws(DataError) -> String {
        try query.choice(
            "sort_by", ["FIRST_ENTRY", "ENTRY_COST", "CURRENT_VALUE", "UPDATED"], default: "FIRST_ENTRY")
    }

    private func matches(_ holding: ComboHolding, _ statuses: [String]) -> Bool {
        statuses.isEmpty
            || (statuses == ["REDEEMABLE"]
                ? holding.isRedeemable : statuses.contains(holding.status.rawValue))
    }

    private func key(_ holding: ComboHolding, _ sort: String) -> Int {
        switch sort {
        case "ENTRY_COST", "CURRENT_VALUE": holding.entryCost
        case "UPDATED": Int(updatedAt(holding).milliseconds)
        default: Int(holding.firstEntry.milliseconds)
        }
    }

    private func updatedAt(_ holding: ComboHolding) -> Timestamp { holding.resolvedAt ?? holding.firstEntry }

    private func write(_ holding: ComboHolding, of user: String, to row: inout JSONWriter) {
        let world = state.world
        let market = world.markets[holding.market]
        let resolved = market.legs.count { world.markets[$0.market].isClosed }
        row.field("combo_condition_id", market.shortConditionID)
        row.field("outcome_index", 0)
        row.field("outcome_label", "Yes")
        row.field("combo_position_id", market.assets[0])
        row.field("proxy_wallet", user)
        row.field("current_size", micros: holding.payout > 0 ? 0 : holding.size)
        row.field("entry_avg_price_usdc", micros: market.firstPrice * 1_000)
        row.field("entry_cost_usdc", micros: holding.entryCost)
        row.field("gross_entry_cost_usdc", micros: holding.grossEntryCost)
        row.field("entry_fees_usdc", micros: holding.fees)
        row.field("realized_payout_usdc", micros: holding.payout)
        row.field("status", holding.status.rawValue)
        row.field("redeemable", holding.isRedeemable)
        row.field("first_entry_at", secondsText(holding.firstEntry))
        row.field("resolved_at", orNull: holding.resolvedAt.map(secondsText))
        row.field("legs_total", market.legs.count)
        row.field("legs_resolved", resolved)
        row.field("legs_pending", market.legs.count - resolved)
        ComboLegs(world: world).write(of: market, usesStructuralIDs: true, to: &row)
        row.field("first_entry_at_micros", holding.firstEntry.milliseconds * 1_000)
        row.field("updated_at", secondsText(updatedAt(holding)))
        row.field("updated_at_micros", updatedAt(holding).milliseconds * 1_000)
    }
}
