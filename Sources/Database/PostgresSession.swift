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
        let freight = batch.freight ?? PostgresFreight(of: batch)
        let parameters = freight.parameters + PostgresFreight.columns(cursors, of: .cursors)
        let answer = try run(freight.statement, parameters)
        return answer[0, 0].flatMap { Int($0) } ?? 0
    }

    /// Runs a statement that is planned once for the connection, where the connection allows it.
    private func run(_ statement: StoringStatement, _ parameters: [Parameter]) throws(PostgresError) -> Rows {
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
