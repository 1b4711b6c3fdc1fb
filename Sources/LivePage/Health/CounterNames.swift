/// The figures of status files that only grow while a stage runs. Their metrics are counters, and end in `_total`.
///
/// Any other figure is a gauge.
enum CounterNames {
    static func contains(_ key: String, of stage: StageName) -> Bool {
        switch stage {
        case .ingest: ingest.contains(key)
        case .filter: false
        case .enrich: enrich.contains(key)
        case .store: store.contains(key)
        case .alert: alert.contains(key)
        }
    }

    private static let ingest: Set = [
        "api_requests", "api_rows_unreadable", "audit_missed", "audit_rows", "audits", "audits_failed",
        "frames",
        "fsync_errors", "gaps_closed", "gaps_unrecoverable", "journal_unreadable", "odd_members",
        "poll_requests",
        "polled", "reconnections", "retracted", "rotations", "schema_drift", "subscriptions_refused",
        "unkept",
    ]
    private static let enrich: Set = [
        "cache_hits", "cache_misses", "caches", "enriched", "failed", "partial", "pending", "refused",
        "requests",
        "requests_joined", "retried", "retries_forgotten", "schema_drift", "skipped", "unreadable",
    ]
    private static let store: Set = ["batches", "refused_after_leaving", "round_trips", "trades"]
    private static let alert: Set = [
        "alerts", "cooled_down", "deliveries", "deliveries_dead", "deliveries_folded", "deliveries_limited",
        "deliveries_retried",
    ]
}
