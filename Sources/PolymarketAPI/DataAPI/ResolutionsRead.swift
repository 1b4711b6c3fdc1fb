import Curl
import PMJSON
import PMRecord

extension DataAPI {
    /// The state of a market's resolution. Version 2 only. Combos have none, and are rejected by the service.
    package struct ResolutionsRead: PagedRead, Hashable {
        package enum Subject: Sendable, Hashable {
            /// The ids of at most 20 markets.
            case conditions([ConditionID])
            /// Ids of Gamma, at most 20.
            case events([String])
        }

        package let subject: Subject

        package init(_ subject: Subject) {
            self.subject = subject
        }

        /// One request can be joined with others of the same kind.
        package func request(at position: PagePosition = .start) -> APIRequest {
            let (name, items) =
                switch subject {
                case .conditions(let ids):
                    ("condition", ids.filter { $0.marketType != .combo }.map(\.forRequests))
                case .events(let ids): ("event_id", ids)
                }
            return APIRequest(
                .dataV2Resolutions, "/v2/resolutions?\(name)=", items: items.map { percentEncoded($0) },
                separator: ",", mostItems: 20)
        }

        package func page(in answer: [UInt8]) throws(APIError) -> Page<Resolution> {
            try Page(in: answer, .whole, from: .dataV2Resolutions, Resolution.members) {
                row throws(RowProblem) in try Resolution(row)
            }
        }
    }

    package struct Resolution: Sendable {
        package enum Status: String, Sendable {
            case initialized, posed, proposed, challenged, reproposed, disputed, active, arbitration, resolved
        }

        package let conditionID: ConditionID
        package let questionID: String?
        /// `nil` for a status that is not known.
        package let status: Status?
        /// The payout of one share of each outcome in dollars, once resolved; empty where the service does
        /// not say.
        package let payouts: [Micros]
        /// The answers of the oracle: 1 for the first outcome, 0 for the second, 0.5 for both; `nil` while
        /// unset.
        package let price: Micros?
        package let proposedPrice: Micros?
        package let reproposedPrice: Micros?
        package let wasDisputed: Bool?
        package let transactionHash: String?
        package let updatedAt: Timestamp?
        package let resolvedAt: Timestamp?
        package let expectedSettlement: Timestamp?
    }
}

extension DataAPI.Resolution {
    init(_ row: RowReader) throws(RowProblem) {
        conditionID = ConditionID(try row.text(required: "condition_id"))
        questionID = row.hex("question_id")
        status = row.text("status").flatMap(Status.init)
        payouts = row.list("payouts").compactMap { payout in
            payout.integer.map { Micros(count: Int64($0)) }
        }
        price = oraclePrice(row.text("price"))
        proposedPrice = oraclePrice(row.text("proposed_price"))
        reproposedPrice = oraclePrice(row.text("reproposed_price"))
        wasDisputed = row.flag("was_disputed")
        transactionHash = row.hex("transaction_hash")
        updatedAt = row.time("last_update_timestamp")
        resolvedAt = row.time("resolved_at")
        expectedSettlement = row.time("expected_settlement_time")
    }

    /// Source: docs/POLYMARKET.md, "Data API v2".
    static let members = MemberList(
        always: [
            "condition_id", "status", "extended_review", "was_disputed", "new_version_q", "transaction_hash",
            "log_index", "last_update_timestamp",
        ],
        sometimes: [
            "question_id", "proposed_price", "reproposed_price", "price", "payouts", "resolution_source",
            "was_arbitrated", "resolved_block", "resolved_at", "expected_settlement_time",
            "settlement_time_basis",
        ])
}

/// Reads a price of the oracle: an integer with 18 decimals. The service writes 69 for none.
private func oraclePrice(_ text: String?) -> Micros? {
    guard let text, text != "69", let units = Int128(text) else { return nil }
    return Int64(exactly: units / 1_000_000_000_000).map { Micros(count: $0) }
}
