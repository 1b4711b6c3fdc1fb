import PMJSON
import PMRecord

extension DataAPI {
    /// One position of a wallet, from either version. Amounts are in dollars, without fees, unless said
    /// otherwise.
    package struct PositionRow: Sendable {
        package enum Status: String, Sendable {
            /// Held, and the market runs.
            case open = "OPEN"
            /// Held, and the market is resolved. It may be worth nothing.
            case redeemable = "REDEEMABLE"
            case closed = "CLOSED"
        }

        package let asset: String
        package let conditionID: ConditionID?
        package let status: Status?
        /// Shares held.
        package let size: Micros?
        /// Shares bought over the position's life.
        package let sharesBought: Micros?
        /// Dollars per share; so is the next one.
        package let averagePrice: Micros?
        package let currentPrice: Micros?
        package let entryCost: Micros?
        package let entryFees: Micros?
        package let currentValue: Micros?
        /// The profit over the position's whole life, known for open positions too.
        package let realizedProfit: Micros?
        package let unrealizedProfit: Micros?
        /// The sum of the two.
        package let totalProfit: Micros?
        package let isRedeemable: Bool?
        package let isMergeable: Bool?
        package let isNegativeRisk: Bool?
        package let isArchived: Bool?
        package let outcome: String?
        package let outcomeIndex: Int?
        package let oppositeAsset: String?
        package let title: String?
        package let slug: String?
        package let eventSlug: String?
        package let eventID: String?
        package let endDate: Timestamp?
        package let lastEventAt: Timestamp?
        package let firstEntryAt: Timestamp?
    }
}

extension DataAPI.PositionRow {
    /// Reads a row of `/v2/positions`.
    init(v2 row: RowReader) throws(RowProblem) {
        asset = try row.text(required: "token_id")
        conditionID = row.condition("condition_id")
        status = row.text("status").flatMap(Status.init)
        size = row.amount("current_size")
        sharesBought = row.amount("total_size")
        averagePrice = row.amount("avg_price")
        currentPrice = row.amount("current_price")
        entryCost = row.amount("entry_cost_usdc")
        entryFees = row.amount("entry_fees_usdc")
        currentValue = row.amount("current_value")
        realizedProfit = row.amount("realized_pnl")
        unrealizedProfit = row.amount("unrealized_pnl")
        totalProfit = row.amount("total_pnl")
        isRedeemable = row.flag("redeemable")
        isMergeable = row.flag("mergeable")
        isNegativeRisk = row.flag("negative_risk")
        isArchived = row.flag("archived")
        outcome = row.text("outcome")
        outcomeIndex = row.outcomeIndex("outcome_index")
        oppositeAsset = row.text("opposite_token_id")
        title = row.text("title")
        slug = row.text("slug")
        eventSlug = row.text("event_slug")
        eventID = row.text("event_id")
        endDate = row.date("end_date")
        lastEventAt = row.time("last_event_at")
        firstEntryAt = row.time("first_entry_at")
    }

    /// Reads a row of `/positions`. Its `cashPnl` is the unrealized part alone.
    init(v1 row: RowReader) throws(RowProblem) {
        try self.init(v1: row, isClosed: false)
    }

    /// Reads a row of `/closed-positions`.
    init(v1Closed row: RowReader) throws(RowProblem) {
        try self.init(v1: row, isClosed: true)
    }

    private init(v1 row: RowReader, isClosed: Bool) throws(RowProblem) {
        asset = try row.text(required: "asset")
        conditionID = row.condition("conditionId")
        isRedeemable = isClosed ? false : row.flag("redeemable")
        status = isClosed ? .closed : isRedeemable.map { $0 ? .redeemable : .open }
        size = isClosed ? .zero : row.amount("size")
        sharesBought = row.amount("totalBought")
        averagePrice = row.amount("avgPrice")
        currentPrice = row.amount("curPrice")
        entryCost = isClosed ? .zero : row.amount("initialValue")
        entryFees = row.amount("entryFeesUsdc")
        currentValue = isClosed ? .zero : row.amount("currentValue")
        realizedProfit = row.amount("realizedPnl")
        unrealizedProfit = isClosed ? .zero : row.amount("cashPnl")
        totalProfit = sum(realizedProfit, unrealizedProfit)
        isMergeable = isClosed ? false : row.flag("mergeable")
        isNegativeRisk = row.flag("negativeRisk")
        isArchived = nil
        outcome = row.text("outcome")
        outcomeIndex = row.outcomeIndex("outcomeIndex")
        oppositeAsset = row.text("oppositeAsset")
        title = row.text("title")
        slug = row.text("slug")
        eventSlug = row.text("eventSlug")
        eventID = row.text("eventId")
        endDate = row.date("endDate")
        lastEventAt = row.time("timestamp")
        firstEntryAt = nil
    }

    /// Source: docs/POLYMARKET.md, "Data API v2".
    static let membersV2 = MemberList(
        always: [
            "proxy_wallet", "token_id", "condition_id", "current_size", "avg_price", "entry_cost_usdc",
            "entry_fees_usdc", "total_cost_usdc", "current_price", "current_value", "total_size",
            "realized_pnl",
            "unrealized_pnl", "total_pnl", "percent_pnl", "percent_realized_pnl", "status", "redeemable",
            "mergeable", "negative_risk", "archived", "title", "slug", "icon", "event_id", "event_slug",
            "outcome",
            "outcome_index", "opposite_outcome", "opposite_token_id", "end_date", "last_event_at", "name",
            "profile_image", "verified",
        ], sometimes: ["first_entry_at"])

    /// Source: docs/POLYMARKET.md, "Data API v1".
    static let membersV1 = MemberList(
        always: [
            "proxyWallet", "asset", "conditionId", "size", "avgPrice", "initialValue", "currentValue",
            "cashPnl",
            "percentPnl", "totalBought", "realizedPnl", "percentRealizedPnl", "curPrice", "redeemable",
            "mergeable",
            "title", "slug", "icon", "eventSlug", "outcome", "outcomeIndex", "oppositeOutcome",
            "oppositeAsset",
            "endDate", "negativeRisk",
        ], sometimes: ["eventId", "grossInitialValue", "entryFeesUsdc"])

    static let membersV1Closed = MemberList(
        always: [
            "proxyWallet", "asset", "conditionId", "avgPrice", "totalBought", "realizedPnl", "curPrice",
            "title",
            "slug", "icon", "eventSlug", "outcome", "outcomeIndex", "oppositeOutcome", "oppositeAsset",
            "endDate",
            "timestamp",
        ], sometimes: ["eventId", "entryFeesUsdc", "grossInitialValue"])
}

/// Returns the sum of two amounts; unknown when one of them is.
private func sum(_ first: Micros?, _ second: Micros?) -> Micros? {
    guard let first, let second else { return nil }
    return first + second
}
