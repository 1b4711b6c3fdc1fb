import Glibc
import PMRecord
import SQLite

/// An open SQLite database of this schema, and the statements that write to it.
final class SQLiteSession {
    let database: Database
    private var prepared: SQLiteStatements?
    private var pace = SQLitePace.steady

    init(_ path: String, for access: StoreAccess) throws(StoreError) {
        switch access {
        case .reading:
            guard Glibc.access(path, F_OK) == 0 else {
                throw StoreError(.unavailable, "\(path): \(String(cString: strerror(errno)))")
            }
            database = try SQLiteStore.attempt { () throws(SQLiteError) in
                try Database(path, access: .readOnly)
            }
            try Migration.checkReadable(version: try Self.version(of: database))
        case .writing:
            database = try SQLiteStore.attempt { () throws(SQLiteError) in try Database(path) }
            try Self.configure(database)
            try Self.migrate(database)
        }
    }

    /// Returns the statements that write; they are prepared at the first call, and never for a reader.
    func statements() throws(StoreError) -> SQLiteStatements {
        if let prepared { return prepared }
        let statements = try SQLiteStatements(on: database)
        prepared = statements
        return statements
    }

    /// Adapts the connection to the size of the next batch.
    func setPace(for batch: Batch) throws(StoreError) {
        let next = pace.next(lines: batch.lines.count)
        guard next != pace else { return }
        do throws(SQLiteError) { try database.execute(next.script) } catch { throw StoreError(error) }
        pace = next
    }

    /// Configures WAL, in which readers and the writer do not wait for each other, and commits that are
    /// synced to the disk.
    private static func configure(_ database: borrowing Database) throws(StoreError) {
        do throws(SQLiteError) {
            _ = try database.text("PRAGMA journal_mode = WAL")
            try database.execute(
                """
                PRAGMA synchronous = FULL;
                PRAGMA foreign_keys = ON;
                PRAGMA journal_size_limit = 67108864;
                \(SQLitePace.steady.script)
                """)
        } catch {
            throw StoreError(error)
        }
    }

    /// Migrates under the write lock: of two programs that start together, the second finds the work done.
    private static func migrate(_ database: borrowing Database) throws(StoreError) {
        guard try version(of: database) != Migration.newest else { return }
        try database.transaction(failure: StoreError.init) { database throws(StoreError) in
            let steps = try Migration.missing(from: try version(of: database))
            do throws(SQLiteError) {
                for step in steps { try database.execute(step.sqlite) }
                try database.execute("PRAGMA user_version = \(Migration.newest)")
            } catch {
                throw StoreError(error)
            }
        }
    }

    private static func version(of database: borrowing Database) throws(StoreError) -> Int {
        do throws(SQLiteError) {
            return Int(try database.integer("PRAGMA user_version") ?? 0)
        } catch {
            throw StoreError(error)
        }
    }

    func owner(of stream: String) throws(StoreError) -> String? {
        do throws(SQLiteError) {
            let query = try database.prepare("SELECT owner FROM cursors WHERE stream = ?")
            try query.bind(stream, at: 1)
            return try query.step() ? query.text(0) : nil
        } catch {
            throw StoreError(error)
        }
    }

    func cursors() throws(StoreError) -> [StreamCursor] {
        do throws(SQLiteError) {
            let query = try database.prepare("SELECT stream, seq, time FROM cursors ORDER BY stream")
            var cursors: [StreamCursor] = []
            while try query.step() {
                cursors.append(
                    StreamCursor(
                        stream: query.text(0) ?? "", seq: UInt64(query.integer(1) ?? 0),
                        time: query.text(2).flatMap { Timestamp($0) }))
            }
            return cursors
        } catch {
            throw StoreError(error)
        }
    }
}
