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
        let freight = batch.freight ?? PostgresBatch(of: batch)
        let parameters = freight.parameters + PostgresBatch.columns(cursors, of: .cursors)
        let answer = try run(freight.statement, parameters)
        return answer[0, 0].flatMap { Int($0) } ?? 0
    }

    /// Finds the entries at fault with a savepoint before each part, in a transaction that is then undone.
    ///
    /// - Parameter roundTrips: Goes up by one for each request.
    func faults(in batch: Batch, roundTrips: inout Int) throws(PostgresError) -> [Fault] {
        try connection.run(script: "BEGIN; SAVEPOINT pm_part")
        do throws(PostgresError) {
            try checkAtOnce()
            roundTrips += 3  // these two, and the end
            let faults = try batch.faults { part throws(PostgresError) in
                roundTrips += 2
                return try attempt(part)
            }
            try connection.run(script: "ROLLBACK")
            return faults
        } catch {
            try? connection.run(script: "ROLLBACK")
            throw error
        }
    }

    private func attempt(_ part: Batch) throws(PostgresError) -> StoreError? {
        let freight = PostgresBatch(of: part)
        do throws(PostgresError) {
            _ = try connection.run(
                freight.statement.sql, freight.parameters + PostgresBatch.columns([], of: .cursors))
        } catch  where error.kind == .data {
            try connection.run(script: "ROLLBACK TO SAVEPOINT pm_part")
            return StoreError(error)
        }
        try connection.run(script: "RELEASE SAVEPOINT pm_part; SAVEPOINT pm_part")
        return nil
    }

    /// Has constraints that wait for the commit speak with the row that they are about.
    private func checkAtOnce() throws(PostgresError) {
        do throws(PostgresError) {
            // released, for going back to the savepoint would take this back, too
            try connection.run(
                script: "SET CONSTRAINTS ALL IMMEDIATE; RELEASE SAVEPOINT pm_part; SAVEPOINT pm_part")
        } catch  where error.kind != .connectionLost {
            // CockroachDB has neither such constraints nor this statement
            try connection.run(script: "ROLLBACK TO SAVEPOINT pm_part")
        }
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
