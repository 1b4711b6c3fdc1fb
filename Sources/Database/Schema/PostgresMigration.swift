import Postgres

extension PostgresSession {
    /// Migrates the schema to this program's version, in one transaction: a database that is not fit for the tables is
    /// left as it was.
    ///
    /// The lock is a row lock, which works through poolers and in databases without other locks. Of two
    /// programs that start together, the second waits, and then finds the work done.
    func migrate() throws(StoreError) {
        guard try version() != Migration.newest else { return }
        do throws(StoreError) {
            try begin()
            let steps = try Migration.missing(from: try lockedVersion())
            try attempt { connection throws(PostgresError) in
                let server = try connection.run("SELECT version()")[0, 0] ?? ""
                for step in steps { try connection.run(script: step.script(for: server)) }
                try connection.run(script: "UPDATE pm_schema SET version = \(Migration.newest); COMMIT")
            }
        } catch {
            try? connection.run(script: "ROLLBACK")
            guard error.code == "42P07" else { throw error }
            throw StoreError(
                .schema,
                "\(error.message): the database has tables of its own, and pm-store needs others of that name",
                code: error.code)
        }
    }

    /// Begins a transaction in which there is a version table.
    private func begin() throws(StoreError) {
        let script = """
            BEGIN;
            CREATE TABLE IF NOT EXISTS pm_schema (one integer PRIMARY KEY, version integer NOT NULL);
            INSERT INTO pm_schema VALUES (1, 0) ON CONFLICT (one) DO NOTHING
            """
        try attempt { connection throws(PostgresError) in
            do throws(PostgresError) {
                try connection.run(script: script)
            } catch  where ["23505", "42P07"].contains(error.sqlState) {
                // IF NOT EXISTS does not see a table that another has not committed yet; now it has
                try connection.run(script: "ROLLBACK")
                try connection.run(script: script)
            }
        }
    }

    /// Returns the schema's version; 0 when there is no version table.
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
