import PMJSON
import PMRecord

/// `GET /v2/resolutions`: the state of each market's resolution. The keys vary by row.
struct ResolutionsRoute: DataRoute {
    let state: DataState

    func answer(_ query: DataQuery) throws(DataError) -> [UInt8] {
        let (conditions, events) = (try query.conditions(), try query.eventIDs())
        let question = query["question_id"]?.lowercased()
        guard [!conditions.isEmpty, !events.isEmpty, question != nil].count(where: { $0 }) == 1 else {
            throw .invalid("exactly one of condition, event_id or question_id is required")
        }
        guard conditions.allSatisfy({ $0.utf8.count == 66 }) else {
            throw .invalid("invalid condition id", "condition")
        }
        let world = state.world
        let found: [Market]
        if let question {
            found = world.markets.filter { questionID(of: $0, seed: world.options.seed) == question }
        } else if !events.isEmpty {
            found = world.markets.filter { events.contains($0.event.id) }
        } else {
            found = conditions.compactMap { world.index(ofCondition: $0) }.map { world.markets[$0] }
        }
        return Envelope.list(found.filter { !$0.isCombo }) { write($1, to: &$0) }
    }

    private func write(_ market: Market, to row: inout JSONWriter) {
        var random = SeededRandom(seed: state.world.options.seed, for: "resolution \(market.id)")
        let isReported = market.isClosed && market.id.isMultiple(of: 3)
        let status =
            market.isClosed
            ? "resolved"
            : market.id.isMultiple(of: 19) ? "disputed" : market.id.isMultiple(of: 17) ? "proposed" : "posed"
        if !isReported { row.field("question_id", questionID(of: market, seed: state.world.options.seed)) }
        row.field("condition_id", market.conditionID)
        row.field("status", status)
        row.field("extended_review", false)
        row.field("was_disputed", status == "disputed")
        row.field("new_version_q", !isReported)
        if isReported {
            row.field("transaction_hash", "")
            row.field("log_index", "")
            row.field("last_update_timestamp", secondsText(market.end))
            row.key("payouts")
            row.array { array in
                for outcome in 0...1 { array.integer(market.winner == outcome ? 1_000_000 : 0) }
            }
            row.field("resolution_source", "reported")
            row.field("was_arbitrated", false)
            row.field("resolved_block", Block(at: market.end, period: state.world.options.blockPeriod).number)
            row.field("resolved_at", secondsText(market.end))
        } else {
            // "69" stands for a price that is not set; prices have 18 decimals.
            let yes = market.winner == 1 ? "0" : "1000000000000000000"
            row.field("proposed_price", status == "posed" ? "69" : yes)
            row.field("reproposed_price", status == "disputed" ? "500000000000000000" : "69")
            row.field("price", market.isClosed ? yes : "69")
            row.field("transaction_hash", "0x" + random.hex(64))
            row.field("log_index", String(random.int(in: 1...900)))
            let time = market.isClosed ? market.end : market.created
            row.field("last_update_timestamp", String(time.milliseconds / 1_000))
        }
        guard ["disputed", "proposed"].contains(status) else { return }
        row.field("expected_settlement_time", secondsText(state.now.advanced(by: .seconds(86_400))))
        row.field(
            "settlement_time_basis",
            status == "disputed" ? "dvm_round_estimate" : "managed_proposal_expiration")
    }
}

/// The oracle's id of a market's question, which Gamma shows, too.
func questionID(of market: Market, seed: UInt64) -> String {
    var random = SeededRandom(seed: seed, for: "question \(market.id)")
    return "0x" + random.hex(64)
}
