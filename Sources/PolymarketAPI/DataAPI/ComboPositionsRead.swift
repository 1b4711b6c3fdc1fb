import Curl
import PMJSON
import PMRecord

extension DataAPI {
    /// The combo positions of one wallet. They are not among its other positions. Version 2 only.
    package struct ComboPositionsRead: PagedRead, Hashable {
        package enum Status: String, Sendable, CaseIterable {
            case open = "OPEN"
            /// Some legs are resolved.
            case partial = "PARTIAL"
            case won = "RESOLVED_WIN"
            case lost = "RESOLVED_LOSS"
            /// Resolved with a part of the full payout.
            case wonInPart = "RESOLVED_PARTIAL"
        }

        package var wallet: String
        package var status: Status?
        /// Rows asked for at a time, at most 1000.
        package var limit = 1000

        package init(of wallet: String, _ status: Status? = nil) {
            self.wallet = wallet
            self.status = status
        }

        package func request(at position: PagePosition) -> APIRequest {
            var query: URLQuery = ["user": wallet]
            if let status { query.append("status", status.rawValue) }
            query.append("limit", "\(min(max(limit, 1), 1000))")
            if let cursor = position.cursor { query.append("cursor", cursor) }
            return APIRequest(.dataV2ComboPositions, "/v2/positions/combos\(query)")
        }

        package func page(in answer: [UInt8]) throws(APIError) -> Page<ComboPosition> {
            try Page(in: answer, .paged, from: .dataV2ComboPositions, ComboPosition.members) {
                row throws(RowProblem) in try ComboPosition(row)
            }
        }

        /// Keeps each position once: behind the cursor the service counts rows.
        package func key(of row: ComboPosition) -> String? { row.asset }
    }

    /// One combo that a wallet holds or held. Amounts are in dollars.
    package struct ComboPosition: Sendable {
        /// The position id, in decimal.
        package let asset: String
        package let conditionID: ConditionID?
        package let status: ComboPositionsRead.Status?
        package let outcome: String?
        package let outcomeIndex: Int?
        /// Shares held.
        package let size: Micros?
        /// The exact cost, with fees.
        package let entryCost: Micros?
        package let entryFees: Micros?
        package let payout: Micros?
        package let isRedeemable: Bool?
        package let firstEntryAt: Timestamp?
        package let resolvedAt: Timestamp?
        package let updatedAt: Timestamp?
        package let legsTotal: Int?
        package let legsResolved: Int?
        package let legs: [ComboLeg]

        /// Payout less cost of a resolved combo, with fees; `nil` while it runs, or while a payout is due.
        package var profit: Micros? {
            switch status {
            case .won, .lost, .wonInPart:
                guard let payout, let entryCost, isRedeemable != true || status == .lost else { return nil }
                return payout - entryCost
            case .open, .partial, nil: return nil
            }
        }
    }

    package struct ComboLeg: Sendable {
        package let asset: String?
        /// The structural id. Lists of combo activity give the same leg its CTF id.
        package let conditionID: ConditionID?
        package let outcome: String?
        package let outcomeIndex: Int?
        package let status: String?
        package let price: Micros?
        package let title: String?
        package let slug: String?
        package let eventSlug: String?
    }
}

extension DataAPI.ComboPosition {
    init(_ row: RowReader) throws(RowProblem) {
        asset = try row.text(required: "combo_position_id")
        conditionID = row.condition("combo_condition_id")
        status = row.text("status").flatMap(DataAPI.ComboPositionsRead.Status.init)
        outcome = row.text("outcome_label")
        outcomeIndex = row.outcomeIndex("outcome_index")
        size = row.amount("current_size")
        entryCost = row.amount("gross_entry_cost_usdc")
        entryFees = row.amount("entry_fees_usdc")
        payout = row.amount("realized_payout_usdc")
        isRedeemable = row.flag("redeemable")
        firstEntryAt = row.time("first_entry_at")
        resolvedAt = row.time("resolved_at")
        updatedAt = row.time("updated_at")
        legsTotal = row.integer("legs_total")
        legsResolved = row.integer("legs_resolved")
        legs = row.list("legs").map { DataAPI.ComboLeg(RowReader($0)) }
    }

    /// Source: docs/POLYMARKET.md, "Data API v2".
    static let members = MemberList(
        always: [
            "combo_condition_id", "combo_position_id", "outcome_index", "outcome_label", "proxy_wallet",
            "current_size", "entry_avg_price_usdc", "entry_cost_usdc", "gross_entry_cost_usdc",
            "entry_fees_usdc",
            "realized_payout_usdc", "status", "redeemable", "first_entry_at", "updated_at", "resolved_at",
            "legs_total", "legs_resolved", "legs_pending", "legs",
        ], sometimes: ["first_entry_at_micros", "updated_at_micros"])
}

extension DataAPI.ComboLeg {
    init(_ row: RowReader) {
        asset = row.text("leg_position_id")
        conditionID = row.condition("leg_condition_id")
        outcome = row.text("leg_outcome_label")
        outcomeIndex = row.outcomeIndex("leg_outcome_index")
        status = row.text("leg_status")
        price = row.amount("leg_current_price")
        let market = row.json["market"]
        title = market?["title"]?.nonEmptyString
        slug = market?["slug"]?.nonEmptyString
        eventSlug = market?["event"]?["event_slug"]?.nonEmptyString
    }
}
