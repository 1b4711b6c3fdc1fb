extension Schema {
    /// Version 6: how trades turned out, the resolutions of markets, a view of graded trades, and the noise that a
    /// subscriber leaves out.
    static func outcomes(_ database: SchemaDialect) -> String {
        """
        \(outcomeTable(database))
        CREATE INDEX outcomes_time ON outcomes (time);
        CREATE INDEX outcomes_market ON outcomes (condition_id);
        CREATE INDEX alerts_trade ON alerts (trade_id);
        ALTER TABLE alert_settings ADD COLUMN without_noise text;
        CREATE VIEW graded_trades AS \(gradedTrades(database));

        """
    }

    private static func outcomeTable(_ database: SchemaDialect) -> String {
        switch database {
        case .postgres:
            """
            CREATE TABLE outcomes (
                trade_id text COLLATE "C" PRIMARY KEY,
                time timestamptz NOT NULL,
                condition_id text COLLATE "C",
                asset_id text COLLATE "C",
                wallet text COLLATE "C",
                side text COLLATE "C" NOT NULL,
                price numeric NOT NULL,
                size numeric NOT NULL,
                fee numeric,
                price_5m numeric,
                edge_5m numeric,
                price_1h numeric,
                edge_1h numeric,
                price_24h numeric,
                edge_24h numeric,
                settlement numeric,
                edge numeric,
                resolved_at timestamptz,
                as_of timestamptz NOT NULL,
                record json NOT NULL
            );
            ALTER TABLE markets
                ADD COLUMN resolution_status text COLLATE "C",
                ADD COLUMN payouts json,
                ADD COLUMN resolved_at timestamptz,
                ADD COLUMN resolution_as_of timestamptz;
            """
        case .sqlite:
            """
            CREATE TABLE outcomes (
                trade_id TEXT PRIMARY KEY NOT NULL,
                time TEXT NOT NULL,
                condition_id TEXT,
                asset_id TEXT,
                wallet TEXT,
                side TEXT NOT NULL,
                price REAL NOT NULL,
                size REAL NOT NULL,
                fee REAL,
                price_5m REAL,
                edge_5m REAL,
                price_1h REAL,
                edge_1h REAL,
                price_24h REAL,
                edge_24h REAL,
                settlement REAL,
                edge REAL,
                resolved_at TEXT,
                as_of TEXT NOT NULL,
                record TEXT NOT NULL
            );
            ALTER TABLE markets ADD COLUMN resolution_status TEXT;
            ALTER TABLE markets ADD COLUMN payouts TEXT;
            ALTER TABLE markets ADD COLUMN resolved_at TEXT;
            ALTER TABLE markets ADD COLUMN resolution_as_of TEXT;
            """
        }
    }

    /// One row for each alerted trade and rule, whatever the number of subscribers, and one for each other trade with
    /// an outcome, whose rule is null. Tier, tags and label are those of the alert, so that nothing is known there that
    /// was not known when it was sent. A hit is a profit before fees.
    ///
    /// `cluster` groups trades that share their fate: those of a market, or of an event in which one market wins.
    private static func gradedTrades(_ database: SchemaDialect) -> String {
        """

            SELECT o.trade_id, o.time, a.rule, a.time AS alerted_at,
                \(database.text("a.record", "tier")) AS tier, \(database.text("a.record", "tags")) AS tags,
                \(database.text("a.record", "label")) AS label, \(facts(database))
            FROM outcomes o
                JOIN alerts a ON a.trade_id = o.trade_id AND a.rule IS NOT NULL AND NOT EXISTS (
                    SELECT 1 FROM alerts b WHERE b.trade_id = a.trade_id AND b.rule = a.rule AND b.id < a.id)
                LEFT JOIN trades t ON t.id = o.trade_id
                LEFT JOIN markets m ON m.condition_id = o.condition_id
            WHERE t.retracted_at IS NULL
            UNION ALL
            SELECT o.trade_id, o.time, NULL, NULL, t.tier, \(database.text("t.record", "tags")),
                \(database.text("t.record", "profile", "label")), \(facts(database))
            FROM outcomes o
                JOIN trades t ON t.id = o.trade_id
                LEFT JOIN markets m ON m.condition_id = o.condition_id
            WHERE t.retracted_at IS NULL AND NOT EXISTS (
                SELECT 1 FROM alerts b WHERE b.trade_id = o.trade_id AND b.rule IS NOT NULL)
        """
    }

    private static func facts(_ database: SchemaDialect) -> String {
        """
        \(database.first("m.market", "tags")) AS category, o.wallet, o.condition_id,
                CASE WHEN \(database.flag("m.market", "neg_risk")) AND m.event_slug IS NOT NULL
                    THEN m.event_slug ELSE coalesce(o.condition_id, o.asset_id) END AS cluster,
                o.side, o.price, o.size, o.fee, o.price_5m, o.edge_5m, o.price_1h, o.edge_1h, o.price_24h,
                o.edge_24h, o.settlement, o.edge, o.resolved_at,
                CASE o.side WHEN 'BUY' THEN 100 * (o.settlement - o.price)
                    ELSE 100 * (o.price - o.settlement) END AS edge_before_fee
        """
    }
}
