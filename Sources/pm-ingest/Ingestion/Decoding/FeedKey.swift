import PMJSON

/// The member names that Polymarket's feeds and its Data API share; see ``RowNames`` for those that differ.
///
/// Source: docs/POLYMARKET.md, "Feeds", "Data API v2" and "Data API v1".
enum FeedKey {
    // The envelope of RTDS
    static let topic: JSONKey = "topic"
    static let type: JSONKey = "type"
    static let payload: JSONKey = "payload"
    static let timestamp: JSONKey = "timestamp"

    // An error of RTDS
    static let body: JSONKey = "body"
    static let statusCode: JSONKey = "statusCode"

    // A page of the Data API's second version
    static let data: JSONKey = "data"

    // A row of `activity`, and of the Data API's `/trades`
    static let side: JSONKey = "side"
    static let price: JSONKey = "price"
    static let size: JSONKey = "size"
    static let outcome: JSONKey = "outcome"
    static let title: JSONKey = "title"
    static let slug: JSONKey = "slug"
    static let icon: JSONKey = "icon"
    static let name: JSONKey = "name"
    static let pseudonym: JSONKey = "pseudonym"
    /// Dollars; of the taker's row only.
    static let fee: JSONKey = "fee"

    // An event of the market channel
    static let eventType: JSONKey = "event_type"
    static let assetID: JSONKey = "asset_id"
    static let market: JSONKey = "market"
    static let marketTransactionHash: JSONKey = "transaction_hash"
}
