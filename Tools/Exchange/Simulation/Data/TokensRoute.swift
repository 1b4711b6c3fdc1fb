import PMJSON

/// `GET /v2/tokens`: descriptions of tokens or conditions of any module. Unknown ids are left out.
struct TokensRoute: DataRoute {
    let state: DataState

    func answer(_ query: DataQuery) throws(DataError) -> [UInt8] {
        let (tokens, conditions) = (query.all("token_id"), try query.conditions(most: 10))
        guard tokens.isEmpty != conditions.isEmpty else {
            throw .invalid("exactly one of token_id or condition is required")
        }
        guard tokens.allSatisfy({ $0.allSatisfy(\.isNumber) && $0.utf8.count <= 78 }) else {
            throw .invalid("invalid token id", "token_id")
        }
        guard Set(tokens).count <= 50 else {
            throw .invalid("token_id accepts at most 50 values", "token_id")
        }
        let found =
            tokens.compactMap { state.world.index(ofAsset: $0) }
            + conditions.compactMap { state.world.index(ofCondition: $0) }.flatMap { [($0, 0), ($0, 1)] }
        return Envelope.list(found) { write($1.0, outcome: $1.1, to: &$0) }
    }

    private func write(_ index: Int, outcome: Int, to row: inout JSONWriter) {
        let market = state.world.markets[index]
        let isCombo = market.isCombo
        row.field("token_id", market.assets[outcome])
        row.field("condition_id", market.conditionID)
        row.field("structural_condition_id", orNull: market.module.isV2 ? market.conditionID : nil)
        row.field("module", market.module.rawValue)
        row.field("outcome_index", outcome)
        if isCombo { row.null("clob_index") } else { row.field("clob_index", outcome) }
        row.field("outcome", orNull: isCombo ? nil : market.outcomes[outcome])
        row.field("opposite_token_id", orNull: isCombo ? nil : market.assets[1 - outcome])
        row.field("resolved", market.isClosed)
        if let winner = market.winner {
            row.field("final_price", winner == outcome ? 1 : 0)
        } else {
            row.null("final_price")
        }
        row.field("title", orNull: isCombo ? nil : market.title)
        row.field("market_slug", orNull: isCombo ? nil : market.slug)
        if isCombo { row.null("closed") } else { row.field("closed", market.isClosed) }
        let group = market.event.negativeRiskID
        if isCombo { row.null("neg_risk") } else { row.field("neg_risk", group != nil) }
        row.field("neg_risk_market_id", orNull: group)
        if group == nil { row.null("question_index") } else { row.field("question_index", 0) }
        if isCombo { row.null("event_id") } else { row.field("event_id", market.event.id) }
        row.field("event_slug", orNull: isCombo ? nil : market.event.slug)
    }
}
