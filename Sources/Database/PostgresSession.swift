import Postgres

/// A connection to a database of this schema, and the statements that write to it.
final class PostgresSession {
    let connection: Connection
    private var prepared: Set<String> = []

    init(_ server: ConnectionString) throws(PostgresError) {
        connection = try Connection(server)
    }

    /// Stores the batch in one statement, and so in one round trip and one transaction.
    ///
    /// - Returns: How many of the cursors could be written.
    func store(_ batch: Batch, cursors: [Row]) throws(PostgresError) -> Int {
        var rows = [
            batch.rows(of: .trades), batch.rows(of: .wallets), batch.rows(of: .markets), cursors,
        ]
        if batch.holdsRareRows {
            rows += [
                batch.rows(of: .gaps), batch.rows(of: .portfolios), batch.rows(of: .leaderboards),
                batch.rows(of: .alerts), batch.retractionRows,
            ]
        }
        let parameters = rows.map { Parameter.bytes(Self.array(of: $0), as: .json) }
        let answer =
            try batch.holdsRareRows
            ? run("store_all", Self.storingAll, parameters) : run("store", Self.storing, parameters)
        return answer[0, 0].flatMap { Int($0) } ?? 0
    }

    private static let usual = """
        WITH trade AS (
        \(Table.trades.insertForPostgres(from: "$1"))
        ), wallet AS (
        \(Table.wallets.insertForPostgres(from: "$2"))
        ), market AS (
        \(Table.markets.insertForPostgres(from: "$3"))
        ), cursor AS (
        \(Table.cursors.insertForPostgres(from: "$4"))
        RETURNING stream
        )
        """

    private static let storing = """
        \(usual)
        SELECT count(*) FROM cursor
        """

    private static let storingAll = """
        \(usual), gap AS (
        \(Table.gaps.insertForPostgres(from: "$5"))
        ), portfolio AS (
        \(Table.portfolios.insertForPostgres(from: "$6"))
        ), leaderboard AS (
        \(Table.leaderboards.insertForPostgres(from: "$7"))
        ), alert AS (
        \(Table.alerts.insertForPostgres(from: "$8"))
        ), retraction AS (
        UPDATE trades SET retracted_at = now(), retract_reason = r.reason
        FROM json_to_recordset($9) AS r (id text, reason text)
        WHERE trades.id = r.id AND trades.retracted_at IS NULL
        )
        SELECT count(*) FROM cursor
        """

    /// Runs a statement that is planned once for the connection, where the connection allows it.
    private func run(_ name: String, _ sql: String, _ parameters: [Parameter]) throws(PostgresError) -> Rows {
        guard keepsStatements else { return try connection.run(sql, parameters) }
        do throws(PostgresError) {
            if prepared.insert(name).inserted {
                try connection.prepare(name, sql, types: parameters.map { _ in .json })
            }
            return try connection.execute(prepared: name, parameters)
        } catch  where ["26000", "42P05"].contains(error.sqlState) {
            // A pooler gave us another server than the one that knows the statement, or one that knows it from
            // someone else. From now on the statement travels with its parameters.
            keepsStatements = false
            return try connection.run(sql, parameters)
        }
    }

    private var keepsStatements = true

    private static func array(of rows: [Row]) -> [UInt8] {
        var json: [UInt8] = [UInt8(ascii: "[")]
        json.reserveCapacity(rows.reduce(2) { $0 + $1.json.count + 1 })
        for row in rows {
            if json.count > 1 { json.append(UInt8(ascii: ",")) }
            json.append(contentsOf: row.json)
        }
        json.append(UInt8(ascii: "]"))
        return json
    }
}
