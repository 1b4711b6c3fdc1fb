extension Schema {
    /// Version 5: what analysts ask for, as views, and the audits of pm-ingest.
    ///
    /// The views read the JSON of `record`, `profile` and `market`, so that rows of earlier versions have these columns
    /// too and no table is rewritten. Only the index of tags reads the table: PostgreSQL's readers go on meanwhile, and
    /// pm-store holds its lines and passes them on.
    static func analysis(_ database: SchemaDialect) -> String {
        """
        \(audits(database))
        \(database == .postgres ? tagIndex : "")
        CREATE VIEW trade_details AS \(tradeDetails(database));
        CREATE VIEW trade_tags AS \(tradeTags(database));
        CREATE VIEW wallet_details AS \(walletDetails(database));
        CREATE VIEW market_details AS \(marketDetails(database));
        CREATE VIEW ago AS \(ago(database));
        CREATE VIEW coverage_by_day AS \(coverageByDay(database));

        """
    }

    /// An index of tags: `tags::jsonb ? 'SWEEPER'`. It reads the column as jsonb, because the column itself could only
    /// become jsonb by rewriting the table.
    static let tagIndex =
        "CREATE INDEX trades_tags ON trades USING gin ((tags::jsonb)) WHERE tags IS NOT NULL;"

    private static func audits(_ database: SchemaDialect) -> String {
        switch database {
        case .postgres:
            """
            CREATE TABLE audits (
                feed text COLLATE "C",
                "from" timestamptz,
                "to" timestamptz,
                seq bigint,
                known bigint NOT NULL,
                missed bigint NOT NULL,
                record json NOT NULL,
                PRIMARY KEY (feed, "from", "to")
            );
            """
        case .sqlite:
            """
            CREATE TABLE audits (
                feed TEXT NOT NULL,
                "from" TEXT NOT NULL,
                "to" TEXT NOT NULL,
                seq INTEGER,
                known INTEGER NOT NULL,
                missed INTEGER NOT NULL,
                record TEXT NOT NULL,
                PRIMARY KEY (feed, "from", "to")
            );
            """
        }
    }

    /// The profit and the win rate are those that the trade came with; category and end are the market's newest.
    private static func tradeDetails(_ database: SchemaDialect) -> String {
        """

            SELECT t.id, t.time, \(database.seconds("t.time")) AS unix_time, \(database.day("t.time")) AS day, \(database.hour("t.time")) AS hour,
                t.side, t.role, t.outcome, t.price, t.size, t.value, t.tier, \(database.tags) AS tags,
                coalesce(t.title, m.title) AS title, t.slug, t.event_slug, t.market_type,
                \(database.first("m.market", "tags")) AS category,
                \(database.time("m.market", "end_date")) AS end_date,
                t.wallet, t.name,
                \(database.number("t.record", "profile", "win_rate")) AS win_rate,
                \(database.number("t.record", "profile", "total_profit")) AS total_profit,
                \(database.number("t.record", "impact", "slippage_percent")) AS slippage,
                t.feed, t.via, t.enrichment, t.condition_id, t.asset_id, t.tx_hash, t.seq, t.revision,
                t.received_at, \(database.seconds("t.received_at")) - \(database.seconds("t.time")) AS delay, t.stored_at
            FROM trades t LEFT JOIN markets m ON m.condition_id = t.condition_id
            WHERE t.retracted_at IS NULL
        """
    }

    private static func tradeTags(_ database: SchemaDialect) -> String {
        """

            SELECT t.id AS trade_id, tag.value AS tag, t.time, t.value, t.side, t.role, t.wallet, t.condition_id
            FROM trades t, \(database.tagRows)
            WHERE t.retracted_at IS NULL AND t.tags IS NOT NULL
        """
    }

    private static func walletDetails(_ database: SchemaDialect) -> String {
        """

            SELECT address, name, pseudonym, \(database.text("profile", "label")) AS label,
                \(database.number("profile", "win_rate")) AS win_rate,
                \(database.number("profile", "total_profit")) AS total_profit,
                \(database.number("profile", "positions")) AS positions,
                \(database.number("profile", "winners")) AS winners,
                \(database.number("profile", "trade_count")) AS trade_count,
                \(database.number("profile", "portfolio_value")) AS portfolio_value,
                \(database.text("profile", "activity")) AS activity,
                \(database.time("profile", "account_created_at")) AS account_created_at,
                first_seen, last_seen, profile_as_of
            FROM wallets
        """
    }

    private static func marketDetails(_ database: SchemaDialect) -> String {
        """

            SELECT condition_id, coalesce(title, \(database.text("market", "question"))) AS title, slug, event_slug,
                \(database.first("market", "tags")) AS category, \(database.time("market", "end_date")) AS end_date,
                \(database.flag("market", "closed")) AS closed,
                \(database.number("market", "volume")) AS volume,
                \(database.number("market", "volume_24h")) AS volume_24h,
                \(database.number("market", "liquidity")) AS liquidity,
                first_seen, last_seen, market_as_of
            FROM markets
        """
    }

    /// One row of times before now, in the form of the column `time`: SQLite's own functions give another one, which
    /// compares wrongly within a day.
    private static func ago(_ database: SchemaDialect) -> String {
        let periods = ["minute", "hour", "day", "week", "month", "year"]
        let columns = periods.map { period in
            "\(database.now(period == "week" ? "-7 days" : "-1 \(period)")) AS \(period)"
        }
        return "\n    SELECT \(database.now()) AS now, \(columns.joined(separator: ",\n        "))"
    }
}
