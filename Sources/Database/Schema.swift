/// The SQL of the schema, for each database.
///
///     trades ──▶ wallets          by wallet and condition_id, without foreign keys,
///        └─────▶ markets          because a trade may have neither
///     cursors    gaps             the last stored mark of each stream; times that were not received
///     users ──▶ alert_settings    subscribers, their channels and filters
///     alerts     leaderboard_snapshots     portfolio_snapshots
///
/// A column is named like the record's member that it holds; `record` has the line itself, byte for byte.
/// Keys compare by their bytes (`COLLATE "C"`), a quarter faster than by a language's rules and the same in
/// both databases. The tables below are those of version 1; later versions add to them (see ``Migration``).
enum Schema {
    /// Version 2: an index of the least and the greatest time of each range of blocks. It takes a few
    /// kilobytes, and serves queries over long times in a table whose B-tree, which `export` uses, no longer
    /// fits in memory.
    static let blockRanges =
        "CREATE INDEX trades_time_ranges ON trades USING brin (time) WITH (autosummarize = on);"

    static let first = (
        postgres: """
        CREATE TABLE trades (
            id text COLLATE "C" PRIMARY KEY,
            revision bigint NOT NULL,
            seq bigint,
            feed text COLLATE "C",
            via text COLLATE "C",
            time timestamptz NOT NULL,
            received_at timestamptz,
            asset_id text COLLATE "C",
            condition_id text COLLATE "C",
            tx_hash text COLLATE "C",
            wallet text COLLATE "C",
            side text COLLATE "C",
            outcome text,
            outcome_index bigint,
            title text,
            slug text,
            event_slug text,
            name text,
            pseudonym text,
            price numeric,
            size numeric,
            value numeric,
            tier text COLLATE "C",
            enrichment text COLLATE "C",
            enrichment_reason text,
            tags json,
            record json NOT NULL,
            stored_at timestamptz NOT NULL DEFAULT now(),
            retracted_at timestamptz,
            retract_reason text
        );
        CREATE INDEX trades_time ON trades (time);
        CREATE INDEX trades_wallet ON trades (wallet, time);
        CREATE INDEX trades_market ON trades (condition_id, time);
        CREATE INDEX trades_tier ON trades (tier, time) WHERE tier IS NOT NULL;
        CREATE TABLE wallets (
            address text COLLATE "C" PRIMARY KEY,
            name text,
            pseudonym text,
            named_at timestamptz,
            first_seen timestamptz NOT NULL,
            last_seen timestamptz NOT NULL,
            profile json,
            profile_as_of timestamptz
        );
        CREATE TABLE markets (
            condition_id text COLLATE "C" PRIMARY KEY,
            title text,
            slug text,
            event_slug text,
            icon text,
            named_at timestamptz,
            first_seen timestamptz NOT NULL,
            last_seen timestamptz NOT NULL,
            market json,
            market_as_of timestamptz
        );
        CREATE TABLE cursors (
            stream text COLLATE "C" PRIMARY KEY,
            seq bigint NOT NULL,
            time timestamptz,
            owner text COLLATE "C" NOT NULL,
            previous_owner text COLLATE "C"
        );
        CREATE TABLE gaps (
            id text COLLATE "C" PRIMARY KEY,
            seq bigint,
            feed text COLLATE "C",
            state text COLLATE "C" NOT NULL,
            "from" timestamptz NOT NULL,
            "to" timestamptz,
            cause text,
            recovered bigint,
            record json NOT NULL
        );
        CREATE TABLE portfolio_snapshots (
            wallet text COLLATE "C",
            as_of timestamptz,
            value numeric,
            profit numeric,
            record json NOT NULL,
            PRIMARY KEY (wallet, as_of)
        );
        CREATE TABLE leaderboard_snapshots (
            period text COLLATE "C",
            as_of timestamptz,
            record json NOT NULL,
            PRIMARY KEY (period, as_of)
        );
        CREATE TABLE alerts (
            id text COLLATE "C" PRIMARY KEY,
            revision bigint NOT NULL,
            time timestamptz NOT NULL,
            rule text COLLATE "C",
            subscriber text COLLATE "C",
            trade_id text COLLATE "C",
            record json NOT NULL
        );
        CREATE INDEX alerts_time ON alerts (time);
        CREATE TABLE users (
            name text COLLATE "C" PRIMARY KEY,
            created_at timestamptz NOT NULL
        );
        CREATE TABLE alert_settings (
            user_name text COLLATE "C" NOT NULL REFERENCES users (name) ON DELETE CASCADE,
            channel text COLLATE "C" NOT NULL,
            target text NOT NULL,
            types text NOT NULL,
            min_value numeric,
            tiers text NOT NULL,
            wallets text NOT NULL,
            markets text NOT NULL,
            PRIMARY KEY (user_name, channel, target)
        );

        """,
        sqlite: """
        CREATE TABLE trades (
            id TEXT PRIMARY KEY NOT NULL,
            revision INTEGER NOT NULL,
            seq INTEGER,
            feed TEXT,
            via TEXT,
            time TEXT NOT NULL,
            received_at TEXT,
            asset_id TEXT,
            condition_id TEXT,
            tx_hash TEXT,
            wallet TEXT,
            side TEXT,
            outcome TEXT,
            outcome_index INTEGER,
            title TEXT,
            slug TEXT,
            event_slug TEXT,
            name TEXT,
            pseudonym TEXT,
            price REAL,
            size REAL,
            value REAL,
            tier TEXT,
            enrichment TEXT,
            enrichment_reason TEXT,
            tags TEXT,
            record TEXT NOT NULL,
            stored_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
            retracted_at TEXT,
            retract_reason TEXT
        );
        CREATE INDEX trades_time ON trades (time);
        CREATE INDEX trades_wallet ON trades (wallet, time);
        CREATE INDEX trades_market ON trades (condition_id, time);
        CREATE INDEX trades_tier ON trades (tier, time) WHERE tier IS NOT NULL;
        CREATE TABLE wallets (
            address TEXT PRIMARY KEY NOT NULL,
            name TEXT,
            pseudonym TEXT,
            named_at TEXT,
            first_seen TEXT NOT NULL,
            last_seen TEXT NOT NULL,
            profile TEXT,
            profile_as_of TEXT
        );
        CREATE TABLE markets (
            condition_id TEXT PRIMARY KEY NOT NULL,
            title TEXT,
            slug TEXT,
            event_slug TEXT,
            icon TEXT,
            named_at TEXT,
            first_seen TEXT NOT NULL,
            last_seen TEXT NOT NULL,
            market TEXT,
            market_as_of TEXT
        );
        CREATE TABLE cursors (
            stream TEXT PRIMARY KEY NOT NULL,
            seq INTEGER NOT NULL,
            time TEXT,
            owner TEXT NOT NULL,
            previous_owner TEXT
        );
        CREATE TABLE gaps (
            id TEXT PRIMARY KEY NOT NULL,
            seq INTEGER,
            feed TEXT,
            state TEXT NOT NULL,
            "from" TEXT NOT NULL,
            "to" TEXT,
            cause TEXT,
            recovered INTEGER,
            record TEXT NOT NULL
        );
        CREATE TABLE portfolio_snapshots (
            wallet TEXT NOT NULL,
            as_of TEXT NOT NULL,
            value REAL,
            profit REAL,
            record TEXT NOT NULL,
            PRIMARY KEY (wallet, as_of)
        );
        CREATE TABLE leaderboard_snapshots (
            period TEXT NOT NULL,
            as_of TEXT NOT NULL,
            record TEXT NOT NULL,
            PRIMARY KEY (period, as_of)
        );
        CREATE TABLE alerts (
            id TEXT PRIMARY KEY NOT NULL,
            revision INTEGER NOT NULL,
            time TEXT NOT NULL,
            rule TEXT,
            subscriber TEXT,
            trade_id TEXT,
            record TEXT NOT NULL
        );
        CREATE INDEX alerts_time ON alerts (time);
        CREATE TABLE users (
            name TEXT PRIMARY KEY NOT NULL,
            created_at TEXT NOT NULL
        );
        CREATE TABLE alert_settings (
            user_name TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
            channel TEXT NOT NULL,
            target TEXT NOT NULL,
            types TEXT NOT NULL,
            min_value TEXT,
            tiers TEXT NOT NULL,
            wallets TEXT NOT NULL,
            markets TEXT NOT NULL,
            PRIMARY KEY (user_name, channel, target)
        );

        """
    )
}
