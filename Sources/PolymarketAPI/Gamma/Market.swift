import PMJSON
import PMRecord

extension Gamma {
    package struct Market: Sendable {
        /// The version of the protocol, which says which of a market's ids are its assets.
        package enum Version: String, Sendable {
            case v1, v2
        }

        /// The id in the form of records.
        package let conditionID: String
        /// `nil` when missing or not known; such a market is treated as `v1` where it has tokens.
        package let version: Version?
        package let question: String?
        package let slug: String?
        package let eventSlug: String?
        package let icon: String?
        package let endDate: Timestamp?
        /// Dollars; so are the next two.
        package let volume: Micros?
        package let volume24h: Micros?
        package let liquidity: Micros?
        /// Empty text stands for a name that is missing, so that places agree with the other lists.
        package let outcomes: [String]
        /// The token or position id of each outcome, in their order, which need not be Yes before No.
        package let assets: [String]
        /// The price of each outcome, in their order; `nil` where unknown.
        package let prices: [Micros?]
        package let tags: [String]
        package let isNegativeRisk: Bool
        /// The factor of a taker's fee, shares × rate × p × (1 − p); 0 without fees, `nil` when unknown.
        package let feeRate: Micros?
        package let isClosed: Bool
        package let isActive: Bool?
        /// `inactive`, `active` or `resolved`; of Protocol V2 markets only.
        package let resolutionStatus: String?
    }
}

extension Gamma.Market {
    init(_ row: RowReader) throws(RowProblem) {
        conditionID = ConditionID(try row.text(required: "conditionId")).text
        version = row.text("version").flatMap(Version.init)
        question = row.text("question")
        slug = row.text("slug")
        let event = row.list("events").first
        eventSlug = event?["slug"]?.nonEmptyString
        icon = row.text("icon")
        endDate = row.time("endDate")
        volume = row.amount("volumeNum") ?? row.amount("volume")
        volume24h = row.amount("volume24hr")
        liquidity = row.amount("liquidityNum") ?? row.amount("liquidity")
        outcomes = row.list("outcomes").map { $0.string ?? $0.numberText ?? "" }
        prices = row.list("outcomePrices").map { Micros($0) }
        let tokens = row.list("clobTokenIds").compactMap { $0.nonEmptyString ?? $0.numberText }
        let positions = row.list("positionIds").compactMap { $0.nonEmptyString ?? $0.numberText }
        assets =
            switch version {
            case .v1: tokens
            case .v2: positions
            case nil: tokens.isEmpty ? positions : tokens
            }
        tags = (row.json["tags"]?.array ?? event?["tags"]?.array ?? []).compactMap {
            $0["label"]?.nonEmptyString
        }
        isNegativeRisk = row.flag("negRisk") ?? false
        feeRate = row.flag("feesEnabled") == false ? .zero : Micros(row.json["feeSchedule"]?["rate"])
        isClosed = row.flag("closed") ?? false
        isActive = row.flag("active")
        resolutionStatus = row.text("resolutionStatus")
    }

    /// A market has more than a hundred members; those without which it is of no use are watched.
    /// Source: docs/POLYMARKET.md, "Gamma".
    static let members = MemberList(always: ["id", "conditionId", "slug", "question"], allowsOthers: true)
}
