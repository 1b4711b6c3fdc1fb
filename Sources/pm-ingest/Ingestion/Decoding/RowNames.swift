import PMJSON

/// The member names of a trade's row: RTDS and the Data API's first version share one set, its second version has
/// another.
///
/// Source: docs/POLYMARKET.md, "Feeds", "Data API v2" and "Data API v1".
struct RowNames: Sendable {
    let asset: JSONKey
    let conditionID: JSONKey
    let transactionHash: JSONKey
    let wallet: JSONKey
    let outcomeIndex: JSONKey
    let eventSlug: JSONKey
    /// All members that have a key of their own in a record; the others go to `extra`.
    let known: [JSONKey]

    private init(
        asset: JSONKey, conditionID: JSONKey, transactionHash: JSONKey, wallet: JSONKey,
        outcomeIndex: JSONKey,
        eventSlug: JSONKey
    ) {
        self.asset = asset
        self.conditionID = conditionID
        self.transactionHash = transactionHash
        self.wallet = wallet
        self.outcomeIndex = outcomeIndex
        self.eventSlug = eventSlug
        known = [
            asset, conditionID, transactionHash, wallet, outcomeIndex, eventSlug, FeedKey.timestamp,
            FeedKey.side, FeedKey.price, FeedKey.size, FeedKey.outcome, FeedKey.title, FeedKey.slug,
            FeedKey.icon, FeedKey.name, FeedKey.pseudonym,
        ]
    }

    static let camelCase = RowNames(
        asset: "asset", conditionID: "conditionId", transactionHash: "transactionHash", wallet: "proxyWallet",
        outcomeIndex: "outcomeIndex", eventSlug: "eventSlug")

    static let snakeCase = RowNames(
        asset: "token_id", conditionID: "condition_id", transactionHash: "transaction_hash",
        wallet: "proxy_wallet", outcomeIndex: "outcome_index", eventSlug: "event_slug")

    /// Returns the names that an object uses; `nil` when it is not a trade's row.
    static func matching(_ object: FeedObject) -> RowNames? {
        guard object.has(FeedKey.price), object.has(FeedKey.size) else { return nil }
        if object.has(camelCase.wallet) { return camelCase }
        return object.has(snakeCase.wallet) ? snakeCase : nil
    }
}
