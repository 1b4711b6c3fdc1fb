import PMJSON
import PMRecord

/// The member `legs` of a combo's row.
struct ComboLegs {
    let world: World

    /// - Parameter usesStructuralIDs: `/v2/positions/combos` gives a CTF leg a structural id with 62 digits,
    ///   `/v2/activity/combos` its own.
    func write(of combo: Market, usesStructuralIDs: Bool, to row: inout JSONWriter) {
        row.key("legs")
        row.array { array in
            for (index, leg) in combo.legs.enumerated() {
                array.object { write(leg, index: index, usesStructuralIDs: usesStructuralIDs, to: &$0) }
            }
        }
    }

    private func write(
        _ leg: Market.Leg, index: Int, usesStructuralIDs: Bool, to row: inout JSONWriter
    ) {
        let market = world.markets[leg.market]
        let id = StructuralID(ofCTF: market.conditionID)
        row.field("leg_index", index)
        row.field("leg_position_id", id.position(leg.outcome))
        row.field("leg_condition_id", usesStructuralIDs ? id.shortConditionID : market.conditionID)
        row.field("leg_outcome_index", leg.outcome)
        row.field("leg_outcome_label", market.outcomes[leg.outcome])
        row.field(
            "leg_status",
            market.winner.map { $0 == leg.outcome ? "RESOLVED_WIN" : "RESOLVED_LOSS" } ?? "OPEN")
        row.field("leg_resolved_at", orNull: market.isClosed ? secondsText(market.end) : nil)
        row.field("leg_current_price", digits: priceText(market.price(of: leg.outcome)))
        row.key("market")
        row.object { write(market, outcome: leg.outcome, to: &$0) }
    }

    private func write(_ market: Market, outcome: Int, to row: inout JSONWriter) {
        row.field("market_id", String(market.id))
        row.field("slug", market.slug)
        row.field("title", market.title)
        row.field("question", market.title)
        row.field("group_item_title", "")
        row.field("sports_market_type", market.event.category == .sports ? "moneyline" : "")
        row.null("line")
        row.field("outcomes", texts: market.outcomes)
        row.field("outcome", market.outcomes[outcome])
        row.field("image_url", market.event.category.icon)
        row.field("icon_url", market.event.category.icon)
        row.field("category", "")
        row.field("subcategory", "")
        row.field("tags", texts: [])
        row.field("end_date", String(market.end.description.prefix(10)))
        row.key("event")
        row.object {
            $0.field("event_id", String(market.event.id))
            $0.field("event_slug", market.event.slug)
            $0.field("event_title", market.event.title)
            $0.field("event_image", market.event.category.icon)
        }
    }
}

/// "2026-09-24T18:45:00Z".
func secondsText(_ time: Timestamp) -> String { "\(time.description.prefix(19))Z" }
