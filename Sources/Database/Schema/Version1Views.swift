extension Schema {
    /// Returns the views of version 1. The databases differ only in the SQL for seconds.
    ///
    /// - Parameter seconds: Returns SQL for the seconds between two columns of times.
    static func firstViews(seconds: (_ from: String, _ to: String) -> String) -> String {
        """
        CREATE VIEW whale_trades AS
            SELECT time, tier, value, side, outcome, price, size, title, wallet, name, tags, tx_hash, id
            FROM trades WHERE tier IS NOT NULL AND retracted_at IS NULL;
        CREATE VIEW wallet_activity AS
            SELECT w.address, w.name, count(t.id) AS trades, sum(t.value) AS value, max(t.value) AS largest,
                w.first_seen, w.last_seen
            FROM wallets w LEFT JOIN trades t ON t.wallet = w.address AND t.retracted_at IS NULL
            GROUP BY w.address, w.name, w.first_seen, w.last_seen;
        CREATE VIEW market_flow AS
            SELECT t.condition_id, m.title, t.outcome, count(*) AS trades,
                sum(CASE WHEN t.side = 'BUY' THEN t.value ELSE 0 END) AS bought,
                sum(CASE WHEN t.side = 'SELL' THEN t.value ELSE 0 END) AS sold,
                max(t.time) AS last_trade
            FROM trades t LEFT JOIN markets m ON m.condition_id = t.condition_id
            WHERE t.retracted_at IS NULL
            GROUP BY t.condition_id, m.title, t.outcome;
        CREATE VIEW coverage AS
            SELECT feed, state, count(*) AS gaps, sum(\(seconds("\"from\"", "\"to\""))) AS seconds,
                sum(recovered) AS recovered, min("from") AS first, max("from") AS last
            FROM gaps GROUP BY feed, state;

        """
    }

    static let viewsForPostgres = firstViews { "extract(epoch FROM \($1) - \($0))" }
    static let viewsForSQLite = firstViews { "round((julianday(\($1)) - julianday(\($0))) * 86400, 3)" }
}
