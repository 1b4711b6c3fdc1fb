extension Schema {
    /// The tables and indexes of version 1 in PostgreSQL.
    static let firstForPostgres = """
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

        """
}
