import PMJSON

/// The keys of the record contract; `man/pm-record.5` describes each.
///
/// This folder is the only place where a record's key is spelled.
package enum Key {
    // Every record
    package static let kind: JSONKey = "kind"
    package static let id: JSONKey = "id"
    package static let seq: JSONKey = "seq"
    package static let time: JSONKey = "time"

    // A trade, as pm-ingest emits it
    package static let feed: JSONKey = "feed"
    package static let via: JSONKey = "via"
    package static let receivedAt: JSONKey = "received_at"
    package static let assetID: JSONKey = "asset_id"
    package static let conditionID: JSONKey = "condition_id"
    package static let transactionHash: JSONKey = "tx_hash"
    package static let wallet: JSONKey = "wallet"
    package static let side: JSONKey = "side"
    package static let outcome: JSONKey = "outcome"
    package static let outcomeIndex: JSONKey = "outcome_index"
    package static let title: JSONKey = "title"
    package static let slug: JSONKey = "slug"
    package static let eventSlug: JSONKey = "event_slug"
    package static let icon: JSONKey = "icon"
    package static let name: JSONKey = "name"
    package static let pseudonym: JSONKey = "pseudonym"
    package static let price: JSONKey = "price"
    package static let size: JSONKey = "size"
    package static let value: JSONKey = "value"
    package static let extra: JSONKey = "extra"
    package static let role: JSONKey = "role"
    package static let marketType: JSONKey = "market_type"

    // A trade: keys added by pm-filter and pm-enrich
    package static let tier: JSONKey = "tier"
    package static let revision: JSONKey = "revision"
    package static let enrichment: JSONKey = "enrichment"
    package static let enrichmentReason: JSONKey = "enrichment_reason"
    package static let tags: JSONKey = "tags"
    package static let profile: JSONKey = "profile"
    package static let market: JSONKey = "market"
    package static let impact: JSONKey = "impact"
    package static let rank: JSONKey = "rank"
    package static let asOf: JSONKey = "as_of"

    // Marks, gaps, retractions and audits
    package static let stream: JSONKey = "stream"
    package static let state: JSONKey = "state"
    package static let from: JSONKey = "from"
    package static let to: JSONKey = "to"
    package static let cause: JSONKey = "cause"
    package static let recovered: JSONKey = "recovered"
    package static let reason: JSONKey = "reason"
    package static let known: JSONKey = "known"
    package static let missed: JSONKey = "missed"

    // Snapshots of leaderboards and portfolios, and alerts
    package static let period: JSONKey = "period"
    package static let profit: JSONKey = "profit"
    package static let rule: JSONKey = "rule"
    package static let entries: JSONKey = "entries"
    package static let positions: JSONKey = "positions"
    package static let type: JSONKey = "type"
    package static let subscriber: JSONKey = "subscriber"
    package static let tradeID: JSONKey = "trade_id"

    // Raw frames and rejects
    package static let connection: JSONKey = "connection"
    package static let frame: JSONKey = "frame"
    package static let stage: JSONKey = "stage"
    package static let line: JSONKey = "line"
    package static let text: JSONKey = "text"
    package static let bytes: JSONKey = "bytes"
}
