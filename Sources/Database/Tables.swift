import PMRecord

extension Table {
    /// One row for each trade: its highest revision.
    package static let trades = Table(
        "trades", key: ["id"],
        columns: [
            Column(Key.id, .key, isRequired: true), Column(Key.revision, .integer), Column(Key.seq, .integer),
            Column(Key.feed, .key), Column(Key.via, .key), Column(Key.time, .time, isRequired: true),
            Column(Key.receivedAt, .time), Column(Key.assetID, .key), Column(Key.conditionID, .key),
            Column(Key.transactionHash, .key), Column(Key.wallet, .key), Column(Key.side, .key),
            Column(Key.outcome, .text), Column(Key.outcomeIndex, .integer), Column(Key.title, .text),
            Column(Key.slug, .text), Column(Key.eventSlug, .text), Column(Key.name, .text),
            Column(Key.pseudonym, .text), Column(Key.price, .number), Column(Key.size, .number),
            Column(Key.value, .number), Column(Key.tier, .key), Column(Key.enrichment, .key),
            Column(Key.enrichmentReason, .text), Column(Key.tags, .json), Column("record", .json),
        ],
        newestBy: "revision")

    /// What trades and their enrichment say of a wallet.
    package static let wallets = Table(
        "wallets", key: ["address"],
        columns: [
            Column("address", .key), Column("name", .text), Column("pseudonym", .text),
            Column("named_at", .time), Column("first_seen", .time), Column("last_seen", .time),
            Column("profile", .json), Column("profile_as_of", .time),
        ],
        rules: [
            .least("first_seen"), .greatest("last_seen"), .newest(["name", "pseudonym"], by: "named_at"),
            .newest(["profile"], by: "profile_as_of"),
        ])

    /// What trades and their enrichment say of a market.
    package static let markets = Table(
        "markets", key: ["condition_id"],
        columns: [
            Column("condition_id", .key), Column("title", .text), Column("slug", .text),
            Column("event_slug", .text), Column("icon", .text), Column("named_at", .time),
            Column("first_seen", .time), Column("last_seen", .time), Column("market", .json),
            Column("market_as_of", .time),
        ],
        rules: [
            .least("first_seen"), .greatest("last_seen"),
            .newest(["title", "slug", "event_slug", "icon"], by: "named_at"),
            .newest(["market"], by: "market_as_of"),
        ])

    /// How far each stream has been stored, and by whom.
    ///
    /// A row is written over by its owner, or by one who names that owner as the one before: so whoever was
    /// taken over from unseen finds out, and writes no more.
    package static let cursors = Table(
        "cursors", key: ["stream"],
        columns: [
            Column("stream", .key), Column("seq", .integer), Column("time", .time), Column("owner", .key),
            Column("previous_owner", .key),
        ],
        rules: [.newest(["time"], by: "seq"), .always(["owner", "previous_owner"])],
        onlyWhere: "cursors.owner = excluded.owner OR cursors.owner = excluded.previous_owner")
}
