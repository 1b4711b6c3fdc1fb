import Postgres
import SQLite

/// Loading trades into a database without any: the indexes of `trades` are built once, from sorted keys, instead of row by
/// row.
///
/// The table `pm_late_indexes` has the statements of the dropped indexes while there are any. So the work can be taken up
/// after an interruption: the next pm-store builds the indexes when it starts.
package protocol BulkLoad: AnyObject {
    /// Drops the indexes of `trades` except that of its key.
    ///
    /// - Returns: False if there are trades, and so no index was dropped.
    func dropTradeIndexes() throws(StoreError) -> Bool

    /// Builds the dropped indexes; does nothing when there are none.
    func buildTradeIndexes() throws(StoreError)
}

extension SQLiteStore: BulkLoad {
    package func dropTradeIndexes() throws(StoreError) -> Bool {
        let session = try openSession()
        return try Self.attempt { () throws(SQLiteError) in
            try session.database.transaction { database throws(SQLiteError) in
                guard try database.integer("SELECT 1 FROM trades LIMIT 1") == nil else { return false }
                try database.execute(
                    """
                    CREATE TABLE pm_late_indexes (name TEXT PRIMARY KEY, statement TEXT NOT NULL);
                    INSERT INTO pm_late_indexes SELECT name, sql FROM sqlite_schema
                        WHERE type = 'index' AND tbl_name = 'trades' AND sql IS NOT NULL;
                    """)
                for name in try database.texts("SELECT name FROM pm_late_indexes") {
                    try database.execute("DROP INDEX \(name)")
                }
                return true
            }
        }
    }

    package func buildTradeIndexes() throws(StoreError) {
        let session = try openSession()
        try Self.attempt { () throws(SQLiteError) in try session.buildTradeIndexes() }
        try session.use(.steady)
    }
}

extension SQLiteSession {
    func buildTradeIndexes() throws(SQLiteError) {
        guard try hasLateIndexes else { return }
        // sorting takes memory, and less time with more of it
        try database.execute("PRAGMA cache_size = -65536")
        try database.transaction { database throws(SQLiteError) in
            guard try hasLateIndexes else { return }  // another program was faster
            for statement in try database.texts("SELECT statement FROM pm_late_indexes") {
                try database.execute(statement)
            }
            try database.execute("DROP TABLE pm_late_indexes")
        }
    }

    private var hasLateIndexes: Bool {
        get throws(SQLiteError) {
            try database.integer("SELECT 1 FROM sqlite_schema WHERE name = 'pm_late_indexes'") != nil
        }
    }
}

extension PostgresStore: BulkLoad {
    package func dropTradeIndexes() throws(StoreError) -> Bool {
        try request { session throws(PostgresError) in
            guard try session.connection.run("SELECT 1 FROM trades LIMIT 1").count == 0 else { return false }
            try session.inTransaction { () throws(PostgresError) in
                try session.connection.run(
                    script: """
                        CREATE TABLE pm_late_indexes AS
                            SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS statement
                            FROM pg_index i WHERE i.indrelid = 'trades'::regclass AND NOT i.indisprimary
                                AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)
                        """)
                let names = try session.connection.run("SELECT name FROM pm_late_indexes")
                for row in 0..<names.count {
                    try session.connection.run(script: "DROP INDEX \(names[row, 0] ?? "")")
                }
            }
            return true
        }
    }

    package func buildTradeIndexes() throws(StoreError) {
        try request { session throws(PostgresError) in try session.buildTradeIndexes() }
    }
}

extension PostgresSession {
    func buildTradeIndexes() throws(PostgresError) {
        guard try connection.run("SELECT to_regclass('pm_late_indexes')")[0, 0] != nil else { return }
        try inTransaction { () throws(PostgresError) in
            try connection.run(script: "LOCK TABLE pm_late_indexes; SET LOCAL maintenance_work_mem = '256MB'")
            let statements = try connection.run("SELECT statement FROM pm_late_indexes")
            for row in 0..<statements.count { try connection.run(script: statements[row, 0] ?? "") }
            try connection.run(script: "DROP TABLE pm_late_indexes; ANALYZE trades")
        }
    }

    func inTransaction(_ body: () throws(PostgresError) -> Void) throws(PostgresError) {
        try connection.run(script: "BEGIN")
        do throws(PostgresError) {
            try body()
            try connection.run(script: "COMMIT")
        } catch {
            try? connection.run(script: "ROLLBACK")
            throw error
        }
    }
}
