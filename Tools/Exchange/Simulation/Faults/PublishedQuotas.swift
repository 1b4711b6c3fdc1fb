/// The published rate limits, per address and 10 seconds: what exceeds them is delayed first, then answered with
/// 429. Source: docs/POLYMARKET.md, "Limits".
enum PublishedQuotas {
    static let faults: [Fault] = limits.map { targets, limit in
        var options = Quota.Options()
        options.kind = .delay
        options.limit = limit
        options.patience = .seconds(2)
        options.refusal.retryAfter = .seconds
        return Fault(.request(.quota(options)), on: targets)
    }

    /// A quota of several routes counts all their requests together.
    private static let limits: [(targets: [String], limit: Int)] = [
        (["gamma"], 4_000), (["gamma/events"], 500), (["gamma/markets"], 300),
        (["gamma/events", "gamma/markets"], 900),
        (
            [
                "data/trades", "data/activity", "data/positions", "data/closed-positions", "data/value",
                "data/traded", "data/holders", "data/v1",
            ], 1_000
        ),
        (["data/trades"], 200), (["data/positions"], 150), (["data/closed-positions"], 150),
        (["data/v2"], 800), (["data/v2/trades"], 300), (["data/v2/positions"], 200),
        (["data/v2/activity"], 200), (["data/v2/prices-history"], 200), (["data/v2/status"], 100),
        (["clob"], 9_000), (["clob/book"], 1_500), (["clob/books"], 500), (["clob/prices-history"], 1_000),
    ]
}
