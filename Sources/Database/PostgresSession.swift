import PMJSON
import Postgres

/// A connection to a database of this schema, and the statements that write to it.
final class PostgresSession {
    let connection: Connection
    private var prepared: Set<String> = []
    private var keepsStatements = true

    init(_ server: ConnectionString) throws(PostgresError) {
        connection = try Connection(server)
    }

    /// Stores the batch in one statement, and so in one round trip and one transaction.
    ///
    /// - Returns: How many of the cursors could be written.
    func store(_ batch: Batch, cursors: [Row]) throws(PostgresError) -> Int {
        let statement = batch.holdsRareRows ? Storing.all : .usual
        let parameters = statement.tables.flatMap { table in
            let rows = table === Table.cursors ? cursors : batch.rows(of: table)
            return table.columns.indices.map { Parameter.bytes(textArray(rows, column: $0), as: .textArray) }
        }
        let answer = try run(statement, parameters)
        return answer[0, 0].flatMap { Int($0) } ?? 0
    }

    /// Runs a statement that is planned once for the connection, where the connection allows it.
    private func run(_ statement: Storing, _ parameters: [Parameter]) throws(PostgresError) -> Rows {
        guard keepsStatements else { return try connection.run(statement.sql, parameters) }
        do throws(PostgresError) {
            if prepared.insert(statement.name).inserted {
                let types = parameters.map { _ in ObjectID.textArray }
                try connection.prepare(statement.name, statement.sql, types: types)
            }
            return try connection.execute(prepared: statement.name, parameters)
        } catch  where ["26000", "42P05"].contains(error.sqlState) {
            // A pooler gave us another server than the one that knows the statement, or one that knows it from
            // someone else. From now on the statement travels with its parameters.
            keepsStatements = false
            return try connection.run(statement.sql, parameters)
        }
    }
}

/// A statement that stores a batch: one `WITH` part for each table, the parameters in the same order.
private struct Storing {
    let name: String
    let tables: [Table]
    let sql: String

    static let usual = Storing("store", [.trades, .wallets, .markets, .cursors])
    /// For a batch that has other rows too.
    static let all = Storing(
        "store_all",
        [
            .trades, .wallets, .markets, .cursors, .gaps, .portfolios, .leaderboards, .alerts, .retractions,
        ])

    private init(_ name: String, _ tables: [Table]) {
        self.name = name
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
    }

    private static func retraction(from first: Int) -> String {
        """
        UPDATE trades SET retracted_at = now(), retract_reason = r.reason
        FROM \(Table.retractions.rowsForPostgres(from: first))
        WHERE trades.id = r.id AND trades.retracted_at IS NULL
        """
    }
}

/// One column of the rows as an array of texts, in PostgreSQL's binary form.
///
/// Source: PostgreSQL, `array_recv`: dimensions, whether there are nulls, the elements' type, then of the one
/// dimension its length and first index, and of each element its length and bytes.
private func textArray(_ rows: [Row], column: Int) -> [UInt8] {
    var array: [UInt8] = []
    array.reserveCapacity(20 + rows.count * 40)
    for number in [rows.isEmpty ? 0 : 1, 1, Int32(bitPattern: ObjectID.text.rawValue)] {
        array.appendInNetworkOrder(number)
    }
    guard !rows.isEmpty else { return array }
    array.appendInNetworkOrder(Int32(rows.count))
    array.appendInNetworkOrder(1)
    for row in rows {
        row.withValue(column) { text in
            array.appendInNetworkOrder(Int32(text?.count ?? -1))
            if let text { array.append(contentsOf: text, 0..<text.count) }
        }
    }
    return array
}

extension [UInt8] {
    fileprivate mutating func appendInNetworkOrder(_ number: Int32) {
        Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
    }
}
