import Postgres

extension PostgresSession {
    /// Brings the schema to this program's version.
    ///
    /// The lock is that of one row, which holds through poolers and in databases that have no other; of two
    /// programs that start at once the second waits, and finds the work done.
    func migrate() throws(StoreError) {
        guard try version() != Migration.newest else { return }
        try makeBookkeeping()
        try attempt { connection throws(PostgresError) in try connection.run(script: "BEGIN") }
        do throws(StoreError) {
            let steps = try Migration.missing(from: try lockedVersion())
            try attempt { connection throws(PostgresError) in
                let server = try connection.run("SELECT version()")[0, 0] ?? ""
                for step in steps { try connection.run(script: step.script(for: server)) }
                try connection.run(script: "UPDATE pm_schema SET version = \(Migration.newest); COMMIT")
            }
        } catch {
            try? connection.run(script: "ROLLBACK")
            throw error
        }
    }

    private func makeBookkeeping() throws(StoreError) {
        let script = """
            CREATE TABLE IF NOT EXISTS pm_schema (one integer PRIMARY KEY, version integer NOT NULL);
            INSERT INTO pm_schema VALUES (1, 0) ON CONFLICT (one) DO NOTHING
            """
        try attempt { connection throws(PostgresError) in
            do throws(PostgresError) {
                try connection.run(script: script)
            } catch  where ["23505", "42P07"].contains(error.sqlState) {
                // IF NOT EXISTS looks before another's CREATE has been committed; now it has.
                try connection.run(script: script)
            }
        }
    }

    /// 0 where the schema's version is not kept yet.
    func version() throws(StoreError) -> Int {
        try attempt { connection throws(PostgresError) in
            do throws(PostgresError) {
                let rows = try connection.run("SELECT version FROM pm_schema")
                return rows.count > 0 ? Int(rows[0, 0] ?? "") ?? 0 : 0
            } catch  where error.sqlState == "42P01" {
                return 0  // undefined_table
            }
        }
    }

    private func lockedVersion() throws(StoreError) -> Int {
        try attempt { connection throws(PostgresError) in
            Int(try connection.run("SELECT version FROM pm_schema FOR UPDATE")[0, 0] ?? "") ?? 0
        }
    }

    private func attempt<Answer>(
        _ request: (borrowing Connection) throws(PostgresError) -> Answer
    ) throws(StoreError) -> Answer {
        do throws(PostgresError) { return try request(connection) } catch { throw StoreError(error) }
    }
}
