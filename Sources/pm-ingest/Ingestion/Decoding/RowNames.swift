import PMJSON

/// How the members of a trade's row are called: RTDS and the Data API's first version have one set of names, its
/// second version another.
struct RowNames: Sendable {
    let asset: JSONKey
    let conditionID: JSONKey
    let transactionHash: JSONKey
    let wallet: JSONKey
    let outcomeIndex: JSONKey
    let eventSlug: JSONKey

    static let camelCase = RowNames(
        asset: "asset", conditionID: "conditionId", transactionHash: "transactionHash", wallet: "proxyWallet",
        outcomeIndex: "outcomeIndex", eventSlug: "eventSlug")

    static let snakeCase = RowNames(
        asset: "token_id", conditionID: "condition_id", transactionHash: "transaction_hash",
        wallet: "proxy_wallet", outcomeIndex: "outcome_index", eventSlug: "event_slug")

    /// The names that an object has, if it is a trade's row at all.
    static func fitting(_ object: FeedObject) -> RowNames? {
        guard object.has(FeedKey.price), object.has(FeedKey.size) else { return nil }
        return [camelCase, snakeCase].first { object.has($0.wallet) }
    }

    /// All that a trade has keys of its own for.
    var known: [JSONKey] {
        [
            asset, conditionID, transactionHash, wallet, outcomeIndex, eventSlug, FeedKey.timestamp,
            FeedKey.side,
            FeedKey.price, FeedKey.size, FeedKey.outcome, FeedKey.title, FeedKey.slug, FeedKey.icon,
            FeedKey.name, FeedKey.pseudonym,
        ]
    }
}
