import PMJSON
import Postgres

/// A connection to a PostgreSQL database of this schema, and the statements that write to it.
final class PostgresSession {
    let connection: Connection
    private var prepared: Set<String> = []
    private var usesPreparedStatements = true

    init(_ server: ConnectionString) throws(PostgresError) {
        connection = try Connection(server)
    }

    /// Stores the batch in one statement, and so in one round trip and one transaction.
    ///
    /// - Returns: The number of cursors written.
    func store(_ batch: Batch, cursors: [Row]) throws(PostgresError) -> Int {
        let encoded = batch.encoded ?? PostgresBatch(of: batch)
        let parameters = encoded.parameters + PostgresBatch.columns(cursors, of: .cursors)
        let answer = try run(encoded.statement, parameters)
        return answer[0, 0].flatMap { Int($0) } ?? 0
    }

    /// Finds the bad rows with a savepoint before each part, in a transaction that is rolled back.
    ///
    /// - Parameter roundTrips: Goes up by one for each request.
    func badRows(in batch: Batch, roundTrips: inout Int) throws(PostgresError) -> [BadRow] {
        try connection.run(script: "BEGIN; SAVEPOINT pm_part")
        do throws(PostgresError) {
            try checkConstraintsImmediately()
            roundTrips += 3  // these two, and the end
            let badRows = try batch.badRows { part throws(PostgresError) in
                roundTrips += 2
                return try attempt(part)
            }
            try connection.run(script: "ROLLBACK")
            return badRows
        } catch {
            try? connection.run(script: "ROLLBACK")
            throw error
        }
    }

    private func attempt(_ part: Batch) throws(PostgresError) -> StoreError? {
        let encoded = PostgresBatch(of: part)
        do throws(PostgresError) {
            _ = try connection.run(
                encoded.statement.sql, encoded.parameters + PostgresBatch.columns([], of: .cursors))
        } catch  where error.kind == .data {
            try connection.run(script: "ROLLBACK TO SAVEPOINT pm_part")
            return StoreError(error)
        }
        try connection.run(script: "RELEASE SAVEPOINT pm_part; SAVEPOINT pm_part")
        return nil
    }

    /// Has the server check deferred constraints with each row, not at the commit.
    private func checkConstraintsImmediately() throws(PostgresError) {
        do throws(PostgresError) {
            // released, because a rollback to the savepoint would undo the setting
            try connection.run(
                script: "SET CONSTRAINTS ALL IMMEDIATE; RELEASE SAVEPOINT pm_part; SAVEPOINT pm_part")
        } catch  where error.kind != .connectionLost {
            // CockroachDB has neither deferred constraints nor this statement
            try connection.run(script: "ROLLBACK TO SAVEPOINT pm_part")
        }
    }

    /// Runs a prepared statement, or the plain one behind a pooler that loses prepared statements.
    private func run(_ statement: BatchStatement, _ parameters: [Parameter]) throws(PostgresError) -> Rows {
        guard usesPreparedStatements else { return try connection.run(statement.sql, parameters) }
        do throws(PostgresError) {
            if prepared.insert(statement.name).inserted {
                let types = parameters.map { _ in ObjectID.textArray }
                try connection.prepare(statement.name, statement.sql, types: types)
            }
            return try connection.execute(prepared: statement.name, parameters)
        } catch  where ["26000", "42P05"].contains(error.sqlState) {
            // A pooler has switched to a server connection without the statement, or to one on which another
            // client has prepared it. From now on the statement travels with its parameters.
            usesPreparedStatements = false
            return try connection.run(statement.sql, parameters)
        }
    }
}
