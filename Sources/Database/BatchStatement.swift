/// The statement that stores a batch in PostgreSQL: one `WITH` part for each table, with the parameters in
/// the same order.
struct BatchStatement: Sendable {
    /// The name of the prepared statement, a hash of its text: behind a pooler, another version of this
    /// program may have prepared another text on the same server connection.
    let name: String
    /// The tables; the cursors are the last.
    let tables: [Table]
    let sql: String

    private static let rare = [Table.gaps, .audits, .portfolios, .leaderboards, .alerts, .outcomes]
    private static let usual = BatchStatement([.trades, .wallets, .markets, .cursors])
    private static let all = BatchStatement(rare + usual.tables)
    /// Without trades: CockroachDB changes a table only once in a statement.
    private static let updating = BatchStatement(rare + [.retractions, .resolutions, .cursors])

    /// Returns the smallest statement that stores all of the batch.
    static func fitting(_ batch: Batch) -> BatchStatement {
        batch.hasUpdates ? updating : batch.hasRareRows ? all : usual
    }

    private init(_ tables: [Table]) {
        self.tables = tables
        var first = 1
        let parts = tables.map { table in
            defer { first += table.columns.count }
            let sql =
                table === Table.retractions
                ? Self.retraction(from: first)
                : table === Table.resolutions
                    ? Self.resolution(from: first) : table.insertForPostgres(from: first)
            return "put_\(table.name) AS (\n\(sql)\n\(table === Table.cursors ? "RETURNING stream\n" : ""))"
        }
        sql = "WITH " + parts.joined(separator: ", ") + "\nSELECT count(*) FROM put_cursors"
        name = "pm_" + String(fnv1a(sql), radix: 36)
    }

    private static func retraction(from first: Int) -> String {
        """
        UPDATE trades SET retracted_at = CASE r.kind WHEN 'retract' THEN now() END,
            retract_reason = CASE r.kind WHEN 'retract' THEN r.reason END
        FROM \(Table.retractions.rowsForPostgres(from: first))
        WHERE trades.id = r.id AND (trades.retracted_at IS NULL) = (r.kind = 'retract')
        """
    }

    private static func resolution(from first: Int) -> String {
        """
        UPDATE markets SET resolution_status = r.status, payouts = r.payouts::json,
            resolved_at = r.resolved_at::timestamptz, resolution_as_of = r.as_of::timestamptz
        FROM \(Table.resolutions.rowsForPostgres(from: first))
        WHERE markets.condition_id = r.condition_id
            AND (markets.resolution_as_of IS NULL OR markets.resolution_as_of <= r.as_of::timestamptz)
        """
    }
}

/// Returns the FNV-1a hash, which, unlike `Hasher`, is the same in every process.
///
/// Source: http://www.isthe.com/chongo/tech/comp/fnv/.
private func fnv1a(_ text: String) -> UInt64 {
    text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
}
