import Curl
import PMJSON
import PMRecord

extension DataAPI {
    /// Reads the market of each token: of the Conditional Token Framework (CTF), a Protocol V2 position, or a combo.
    ///
    /// Only version 2 of the Data API has this route, since October 2026.
    ///
    /// Ids that the service does not know are left out of the answer.
    package struct TokensRead: PagedRead, Hashable {
        package enum Subject: Sendable, Hashable {
            /// The ids of at most 50 tokens or positions.
            case tokens([String])
            /// The ids of at most 10 markets or combos.
            case conditions([ConditionID])
        }

        package let subject: Subject

        package init(_ subject: Subject) {
            self.subject = subject
        }

        /// One request can be joined with others of the same kind.
        package func request(at position: PagePosition = .start) -> APIRequest {
            let (name, items, most) =
                switch subject {
                case .tokens(let ids): ("token_id", ids, 50)
                case .conditions(let ids): ("condition", ids.map(\.forRequests), 10)
                }
            return APIRequest(
                .dataV2Tokens, "/v2/tokens?\(name)=", items: items.map { percentEncoded($0) }, separator: ",",
                mostItems: most)
        }

        package func page(in answer: [UInt8]) throws(APIError) -> Page<TokenRow> {
            try Page(in: answer, .whole, from: .dataV2Tokens, TokenRow.members) {
                row throws(RowProblem) in try TokenRow(row)
            }
        }

        package func key(of row: TokenRow) -> String? { row.asset }
    }

    package struct TokenRow: Sendable {
        /// The token or position id, in decimal.
        package let asset: String
        package let conditionID: ConditionID?
        /// `nil` for a CTF market, and for a module that is not known.
        package let marketType: MarketType?
        package let outcome: String?
        package let outcomeIndex: Int?
        package let oppositeAsset: String?
        package let isResolved: Bool?
        /// The payout of one share in dollars, once resolved.
        package let finalPrice: Micros?
        package let title: String?
        package let slug: String?
        package let eventSlug: String?
        package let eventID: String?
        package let isClosed: Bool?
        package let isNegativeRisk: Bool?
    }
}

extension DataAPI.TokenRow {
    init(_ row: RowReader) throws(RowProblem) {
        asset = try row.text(required: "token_id")
        conditionID = row.condition("condition_id")
        marketType = row.text("module").flatMap { MarketType(rawValue: $0) }
        outcome = row.text("outcome")
        outcomeIndex = row.outcomeIndex("outcome_index")
        oppositeAsset = row.text("opposite_token_id")
        isResolved = row.flag("resolved")
        finalPrice = row.amount("final_price")
        title = row.text("title")
        slug = row.text("market_slug")
        eventSlug = row.text("event_slug")
        eventID = row.json["event_id"]?.numberText ?? row.text("event_id")
        isClosed = row.flag("closed")
        isNegativeRisk = row.flag("neg_risk")
    }

    /// Source: docs/POLYMARKET.md, "Data API v2".
    static let members = MemberList(always: [
        "token_id", "condition_id", "structural_condition_id", "module", "outcome_index", "clob_index",
        "outcome",
        "opposite_token_id", "resolved", "final_price", "title", "market_slug", "closed", "neg_risk",
        "neg_risk_market_id", "question_index", "event_id", "event_slug",
    ])
}
