import PMJSON
import PMRecord

extension DataAPI {
    /// One filled order, from either version.
    package struct TradeRow: Sendable {
        /// The address in lower case.
        package let wallet: String
        /// The token or position id, in decimal.
        package let asset: String
        package let conditionID: ConditionID?
        package let transactionHash: String?
        /// The text as sent: `BUY` or `SELL`.
        package let side: String?
        /// The role, known where takers alone were asked for.
        package let role: Role?
        /// Shares.
        package let size: Micros
        /// Dollars per share.
        package let price: Micros
        /// The digits of size and price as sent.
        package let sizeText: String
        package let priceText: String
        /// The time of the block, in whole seconds.
        package let time: Timestamp?
        package let outcome: String?
        package let outcomeIndex: Int?
        /// The question of the market; of a combo, the titles of its legs, joined by " AND ".
        package let title: String?
        package let slug: String?
        package let eventSlug: String?
        package let icon: String?
        package let name: String?
        package let pseudonym: String?

        /// Dollars, without fees.
        package var value: Micros { price * size }
    }
}

extension DataAPI.TradeRow {
    /// Reads a row of `/trades`, `/v2/trades`, or a trade of the activity lists.
    init(_ row: RowReader, _ version: DataAPIVersion, _ role: Role?) throws(RowProblem) {
        let isV2 = version == .v2
        wallet = try row.hex(required: isV2 ? "proxy_wallet" : "proxyWallet")
        asset = try row.text(required: isV2 ? "token_id" : "asset")
        size = try row.amount(required: "size")
        price = try row.amount(required: "price")
        sizeText = row.json["size"]?.numberText ?? size.description
        priceText = row.json["price"]?.numberText ?? price.description
        conditionID = row.condition(isV2 ? "condition_id" : "conditionId")
        transactionHash = row.hex(isV2 ? "transaction_hash" : "transactionHash")
        side = row.text("side")
        self.role = role
        time = row.time("timestamp")
        outcome = row.text("outcome")
        outcomeIndex = row.outcomeIndex(isV2 ? "outcome_index" : "outcomeIndex")
        title = row.text("title")
        slug = row.text("slug")
        eventSlug = row.text(isV2 ? "event_slug" : "eventSlug")
        icon = row.text("icon")
        name = row.text("name")
        pseudonym = row.text("pseudonym")
    }

    /// The members of a trade in version 2 of the Data API. Source: docs/POLYMARKET.md, "Data API v2".
    static let membersV2 = MemberList(always: [
        "proxy_wallet", "side", "token_id", "condition_id", "size", "price", "timestamp", "title", "slug",
        "icon",
        "event_slug", "outcome", "outcome_index", "name", "pseudonym", "bio", "profile_image",
        "profile_image_optimized", "transaction_hash",
    ])

    /// The members of a trade in version 1 of the Data API. Source: docs/POLYMARKET.md, "Data API v1".
    static let membersV1 = MemberList(
        always: [
            "proxyWallet", "side", "asset", "conditionId", "size", "price", "timestamp", "title", "slug",
            "icon",
            "eventSlug", "outcome", "outcomeIndex", "name", "pseudonym", "bio", "profileImage",
            "profileImageOptimized", "transactionHash",
        ])
}
