/// The environment variables that the programs read, for warnings about misspelt ones.
package enum SettingName {
    /// Variables without the name of a stage.
    package static let shared = [
        "DATA_API", "DATABASE", "GAMMA_URL", "DATA_URL", "CLOB_URL", "POLYGON_URL", "STATUS_DIR",
        "LOG_FORMAT", "LOG_LEVEL",
        "LOG_TIME", "LEASE",
    ].map { "PM_" + $0 }

    /// Variables of scripts/pipeline.sh.
    package static let ofPipeline = ["HOME", "BIN", "CONFIG", "LIVE"].map { "PM_" + $0 }

    /// Variables by the program that reads them.
    package static let byStage = [
        "pm-ingest": [
            "AFTER", "API_BUDGET", "AUDIT", "BACKOFF_LEAST", "BACKOFF_MOST", "CHAOS", "CONNECTIONS",
            "DATA_API", "FEED", "FIRST_DATA", "FSYNC", "HANDOVER", "INSECURE", "JOURNAL", "JOURNAL_MAX",
            "KEEP", "MARGIN", "MARK", "MARKETS", "PING", "PROOF", "RECORD", "RECORD_AGE", "RECORD_SIZE",
            "REPLAY", "RETRY_GAP", "RETRY_JOURNAL", "ROTATE", "SEED", "SETTLE", "SILENCE_LEAST", "SINCE",
            "SILENCE_MOST", "SILENCE_POLL", "SPEED", "URL",
        ],
        "pm-filter": [
            "ACCUMULATE", "MARKET", "MAX_PRICE", "MIN_VALUE", "SIDE", "TIER", "WALLET", "WHY",
        ],
        "pm-enrich": [
            "ACCUMULATION", "CONCURRENCY", "DATA_API", "DEADLINE", "FINAL_ONLY", "GRADE", "RECORD_HTTP",
            "REPLAY_HTTP",
            "SIGNALS", "STATE", "UNLIMITED",
        ],
        "pm-store": [
            "HOLD", "KEEP", "MAX_BATCH", "PASS_AFTER", "PATIENCE", "QUIET",
        ],
        "pm-alert": [
            "ALLOW_PRIVATE", "BURST", "CA_FILE", "CHAT_INTERVAL", "COOLDOWN", "DEAD_LETTERS", "DRAIN",
            "INFORMED_SCORE", "IN_DOUBT", "LEDGER", "LIVE", "LIVE_ORIGIN", "LIVE_TOKEN_FILE", "LIVE_VIEWERS",
            "MAIL_FROM",
            "MAX_AGE", "PATIENCE", "REDELIVER", "REFRESH", "REMEMBER", "RETRY_LIMIT", "RETRY_PAUSE",
            "SENDMAIL", "SMTP", "SMTP_PASSWORD_FILE", "SMTP_TLS", "SMTP_USER", "STAGES", "SUBSCRIBERS",
            "TIMEOUT", "WAIT",
        ],
        "pm-relay": [
            "CA_FILE", "CREDENTIALS", "KEEP", "PATIENCE", "QUIET", "REPLICAS", "SERVER", "TTL",
        ],
    ].reduce(into: [String: [String]]()) { names, stage in
        let prefix = stage.key.replacing("-", with: "_").uppercased() + "_"
        names[stage.key] = (stage.value + ["REJECTS", "STRICT"]).map { prefix + $0 }
    }

    package static var all: [String] { shared + ofPipeline + byStage.values.joined().sorted() }

    /// Returns a warning for each variable that looks like a setting and is none.
    ///
    /// - Parameter names: Names of variables; those that do not begin with `PM_` are ignored.
    package static func warnings(about names: some Sequence<String>) -> [(name: String, nearest: String?)] {
        let known = Set(all)
        return names.filter { $0.hasPrefix("PM_") && !known.contains($0) }.sorted()
            .map { ($0, nearestName(to: $0, among: all)) }
    }
}
