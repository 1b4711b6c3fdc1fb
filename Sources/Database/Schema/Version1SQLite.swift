extension Schema {
    /// The tables and indexes of version 1 in SQLite.
    static let firstForSQLite = """
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
}
