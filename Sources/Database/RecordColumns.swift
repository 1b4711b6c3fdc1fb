import PMRecord

// ``Schema`` has the SQL that creates the tables and their indexes.

/// The columns of each table and the record keys that fill them, and the rules for a second row with the same key.
extension Table {
    /// Trades. One row for each trade: its highest revision.
    package static let trades = Table(
        "trades", key: ["id"],
        columns: [
            .key(Key.id).required, Column(Key.revision, .integer, default: "0"), .integer(Key.seq),
            .key(Key.feed), .key(Key.via), .time(Key.time).required, .time(Key.receivedAt),
            .key(Key.assetID), .key(Key.conditionID), .key(Key.transactionHash), .key(Key.wallet),
            .key(Key.side), .text(Key.outcome), .integer(Key.outcomeIndex), .text(Key.title),
            .text(Key.slug), .text(Key.eventSlug), .text(Key.name), .text(Key.pseudonym),
            .number(Key.price), .number(Key.size), Column(Key.value, .number, from: .value),
            .key(Key.tier), .key(Key.enrichment), .text(Key.enrichmentReason), .json(Key.tags), .line,
            .key(Key.role), .key(Key.marketType),
        ],
        newestBy: Key.revision,
        details: [Detail(Key.icon, .text), Detail(Key.profile, .object), Detail(Key.market, .object)])

    /// Wallets, as trades and their enrichment describe them.
    package static let wallets = Table(
        "wallets", key: ["address"],
        columns: [
            .key("address"), .text("name"), .text("pseudonym"), .time("named_at"), .time("first_seen"),
            .time("last_seen"), .json("profile"), .time("profile_as_of"),
        ],
        rules: [
            .least("first_seen"), .greatest("last_seen"), .newest(["name", "pseudonym"], by: "named_at"),
            .newest(["profile"], by: "profile_as_of"),
        ])

    /// Markets, as trades and their enrichment describe them.
    package static let markets = Table(
        "markets", key: ["condition_id"],
        columns: [
            .key("condition_id"), .text("title"), .text("slug"), .text("event_slug"), .text("icon"),
            .time("named_at"), .time("first_seen"), .time("last_seen"), .json("market"),
            .time("market_as_of"),
        ],
        rules: [
            .least("first_seen"), .greatest("last_seen"),
            .newest(["title", "slug", "event_slug", "icon"], by: "named_at"),
            .newest(["market"], by: "market_as_of"),
        ])

    /// The last stored mark of each stream, and the process that owns it.
    ///
    /// A row is overwritten by its owner, or by a process that names that owner as its predecessor. The
    /// statement of a process that was replaced changes no row: the process notices that, and stops writing.
    package static let cursors = Table(
        "cursors", key: ["stream"],
        columns: [
            .key("stream"), .integer("seq"), .time("time"), .key("owner"), .key("previous_owner"),
        ],
        rules: [.newest(["time"], by: "seq"), .always(["owner", "previous_owner"])],
        onlyWhere: "cursors.owner = excluded.owner OR cursors.owner = excluded.previous_owner")

    /// Gaps: periods in which a feed was not received. One row for each gap: its latest record.
    package static let gaps = Table(
        "gaps", key: ["id"],
        columns: [
            .key(Key.id).required, .integer(Key.seq), .key(Key.feed), .key(Key.state).required,
            .time(Key.from).required, .time(Key.to), .text(Key.cause), .integer(Key.recovered), .line,
        ],
        newestBy: Key.seq)

    /// Audits: comparisons of the emitted trades of a time range with those of the Data API.
    package static let audits = Table(
        "audits", key: ["feed", "from", "to"],
        columns: [
            .key(Key.feed).required, .time(Key.from).required, .time(Key.to).required, .integer(Key.seq),
            .integer(Key.known).required, .integer(Key.missed).required, .line,
        ],
        newestBy: Key.seq)

    /// Snapshots of the positions of wallets.
    package static let portfolios = Table(
        "portfolio_snapshots", key: ["wallet", "as_of"],
        columns: [
            .key(Key.wallet).required, .time(Key.asOf).required, .number(Key.value), .number(Key.profit),
            .line,
        ])

    /// Snapshots of leaderboards by period.
    package static let leaderboards = Table(
        "leaderboard_snapshots", key: ["period", "as_of"],
        columns: [.key(Key.period).required, .time(Key.asOf).required, .line])

    /// Alerts of pm-alert. A later revision replaces a row, because the outcome of a delivery is often known later.
    package static let alerts = Table(
        "alerts", key: ["id"],
        columns: [
            .key(Key.id).required, Column(Key.revision, .integer, default: "0"), .time(Key.time).required,
            .key(Key.rule), .key(Key.subscriber), .key(Key.tradeID), .line,
        ],
        rules: [.always(["revision", "time", "rule", "subscriber", "trade_id", "record"])],
        onlyWhere: "excluded.revision >= alerts.revision", rank: Key.revision)

    /// Retractions of trades, and their inverse. They are not a table, but set two columns of `trades`. Of several in one
    /// batch, the one with the highest number counts.
    static let retractions = Table(
        "retractions", key: ["id"],
        columns: [.key(Key.id).required, .text(Key.reason), .key(Key.kind).required], rank: Key.seq)

    /// How trades turned out. One row for each trade: its latest record.
    package static let outcomes = Table(
        "outcomes", key: ["trade_id"],
        columns: [
            .key(Key.tradeID).required, .time(Key.time).required, .key(Key.conditionID), .key(Key.assetID),
            .key(Key.wallet), .key(Key.side).required, .number(Key.price).required,
            .number(Key.size).required, .number(Key.fee), .number(Key.price5m), .number(Key.edge5m),
            .number(Key.price1h), .number(Key.edge1h), .number(Key.price24h), .number(Key.edge24h),
            .number(Key.settlement), .number(Key.edge), .time(Key.resolvedAt), .time(Key.asOf).required,
            .line,
        ],
        newestBy: Key.asOf)

    /// Resolutions of markets. They are not a table, but set four columns of `markets`.
    static let resolutions = Table(
        "resolutions", key: ["condition_id"],
        columns: [
            .key(Key.conditionID).required, .key(Key.status).required, .json(Key.payouts),
            .time(Key.resolvedAt), .time(Key.asOf).required,
        ], rank: Key.asOf)

    /// All tables that records insert into.
    static let all = [
        Table.trades, .wallets, .markets, .gaps, .audits, .portfolios, .leaderboards, .alerts, .outcomes,
    ]
}
