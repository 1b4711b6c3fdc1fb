import Postgres

/// A batch as PostgreSQL takes it: a statement, and for each column of its tables all values in one array.
///
/// Made while the batch before it is stored, so that the server does not wait for us.
struct PostgresBatch: Sendable {
    let statement: StoringStatement
    /// Those of the statement but for the cursors, which come last: only who stores knows their owner.
    let parameters: [Parameter]

    init(of batch: Batch) {
        statement = .fit(for: batch)
        parameters = statement.tables.dropLast().flatMap { Self.columns(batch.rows(of: $0), of: $0) }
    }

    /// One array of texts for each column of the table.
    static func columns(_ rows: [Row], of table: Table) -> [Parameter] {
        table.columns.indices.map { .bytes(textArray(rows, column: $0), as: .textArray) }
    }
}

/// A statement that stores a batch: one `WITH` part for each table, the parameters in the same order.
struct StoringStatement: Sendable {
    /// What it is prepared as: made of the text, for behind a pooler another version of this program may have
    /// prepared another statement on the same server connection.
    let name: String
    /// The cursors are the last.
    let tables: [Table]
    let sql: String

    private static let rare = [Table.gaps, .portfolios, .leaderboards, .alerts]
    private static let usual = StoringStatement([.trades, .wallets, .markets, .cursors])
    private static let all = StoringStatement(rare + usual.tables)
    /// Trades are not among them: CockroachDB changes a table once in a statement.
    private static let retracting = StoringStatement(rare + [.retractions, .cursors])

    /// The least that stores all of the batch.
    static func fit(for batch: Batch) -> StoringStatement {
        batch.holdsRetractions ? retracting : batch.holdsRareRows ? all : usual
    }

    private init(_ tables: [Table]) {
        self.tables = tables
        var first = 1
        let parts = tables.map { table in
            defer { first += table.columns.count }
            let sql =
                table === Table.retractions
                ? Self.retraction(from: first) : table.insertForPostgres(from: first)
            return "put_\(table.name) AS (\n\(sql)\n\(table === Table.cursors ? "RETURNING stream\n" : ""))"
        }
        sql = "WITH " + parts.joined(separator: ", ") + "\nSELECT count(*) FROM put_cursors"
        name = "pm_" + String(fingerprint(sql), radix: 36)
    }

    private static func retraction(from first: Int) -> String {
        """
        UPDATE trades SET retracted_at = now(), retract_reason = r.reason
        FROM \(Table.retractions.rowsForPostgres(from: first))
        WHERE trades.id = r.id AND trades.retracted_at IS NULL
        """
    }
}

/// FNV-1a, which unlike `Hasher` gives every process the same. Source: http://www.isthe.com/chongo/tech/comp/fnv/.
private func fingerprint(_ text: String) -> UInt64 {
    text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
}

/// One column of the rows as an array of texts, in PostgreSQL's binary form.
///
/// Source: PostgreSQL, `array_recv`: dimensions, whether there are nulls, the elements' type, then of the one
/// dimension its length and first index, and of each element its length and bytes.
private func textArray(_ rows: [Row], column: Int) -> [UInt8] {
    let size = rows.reduce(rows.isEmpty ? 12 : 20) { $0 + 4 + max($1.count(of: column), 0) }
    return Array(unsafeUninitializedCapacity: size) { array, written in
        let bytes = UnsafeMutableRawBufferPointer(array)
        func add(_ number: Int32) {
            bytes.storeBytes(of: number.bigEndian, toByteOffset: written, as: Int32.self)
            written += 4
        }
        for number in [rows.isEmpty ? 0 : 1, 1, Int32(bitPattern: ObjectID.text.rawValue)] { add(number) }
        guard !rows.isEmpty else { return }
        add(Int32(rows.count))
        add(1)
        for row in rows {
            row.withValue(column) { text in
                add(Int32(text?.count ?? -1))
                guard let text else { return }
                text.withUnsafeBytes {
                    UnsafeMutableRawBufferPointer(rebasing: bytes[written...]).copyMemory(from: $0)
                }
                written += text.count
            }
        }
    }
}
