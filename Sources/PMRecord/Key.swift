/// The keys of the record contract; `man/pm-record.5` says what each means.
///
/// The only place where a record's key is spelled.
package enum Key {
    // Every record
    package static let kind: StaticString = "kind"
    package static let id: StaticString = "id"
    package static let seq: StaticString = "seq"
    package static let time: StaticString = "time"

    // A trade, as pm-ingest makes it
    package static let feed: StaticString = "feed"
    package static let via: StaticString = "via"
    package static let receivedAt: StaticString = "received_at"
    package static let assetID: StaticString = "asset_id"
    package static let conditionID: StaticString = "condition_id"
    package static let transactionHash: StaticString = "tx_hash"
    package static let wallet: StaticString = "wallet"
    package static let side: StaticString = "side"
    package static let outcome: StaticString = "outcome"
    package static let outcomeIndex: StaticString = "outcome_index"
    package static let title: StaticString = "title"
    package static let slug: StaticString = "slug"
    package static let eventSlug: StaticString = "event_slug"
    package static let icon: StaticString = "icon"
    package static let name: StaticString = "name"
    package static let pseudonym: StaticString = "pseudonym"
    package static let price: StaticString = "price"
    package static let size: StaticString = "size"
    package static let value: StaticString = "value"
    package static let extra: StaticString = "extra"

    // A trade, as pm-filter and pm-enrich go on
    package static let tier: StaticString = "tier"
    package static let revision: StaticString = "revision"
    package static let enrichment: StaticString = "enrichment"
    package static let enrichmentReason: StaticString = "enrichment_reason"
    package static let tags: StaticString = "tags"
    package static let profile: StaticString = "profile"
    package static let market: StaticString = "market"
    package static let impact: StaticString = "impact"
    package static let rank: StaticString = "rank"
    package static let asOf: StaticString = "as_of"

    // Marks, gaps and retractions
    package static let stream: StaticString = "stream"
    package static let state: StaticString = "state"
    package static let from: StaticString = "from"
    package static let to: StaticString = "to"
    package static let cause: StaticString = "cause"
    package static let recovered: StaticString = "recovered"
    package static let reason: StaticString = "reason"

    // Raw frames and rejects
    package static let connection: StaticString = "connection"
    package static let frame: StaticString = "frame"
    package static let stage: StaticString = "stage"
    package static let line: StaticString = "line"
    package static let text: StaticString = "text"
    package static let bytes: StaticString = "bytes"
}
