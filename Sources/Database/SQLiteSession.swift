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
            // before the journal mode changes, which would stay
            try Self.check(database)
            try Self.configure(database)
            try Self.migrate(database)
            try use(.steady)
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
        if next != pace { try use(next) }
    }

    func use(_ next: SQLitePace) throws(StoreError) {
        do throws(SQLiteError) {
            let pageSize = Int(try database.integer("PRAGMA page_size") ?? 4096)
            try database.execute(next.script(pageSize: pageSize))
        } catch {
            throw StoreError(error)
        }
        pace = next
    }

    /// Writes the whole database to `path`, where its own file was deleted.
    ///
    /// The deleted file exists as long as it is open, so nothing is lost.
    func restore(to path: String) throws(StoreError) {
        let draft = path + ".restored"
        unlink(draft)
        do throws(SQLiteError) {
            try Database.createFile(draft)
            let copy = try database.prepare("VACUUM INTO ?")
            try copy.bind(draft, at: 1)
            try copy.run()
        } catch {
            unlink(draft)
            throw StoreError(error)
        }
        // SQLite would take the log of the deleted file for that of the new one
        for suffix in ["-wal", "-shm"] { unlink(path + suffix) }
        // unlike a rename, a link does not replace a file that is there by now
        let isLinked = link(draft, path) == 0 || errno == EEXIST
        let reason = String(cString: strerror(errno))
        unlink(draft)
        guard isLinked else { throw StoreError(.unavailable, "unable to restore \(path): \(reason)") }
    }

    /// Configures WAL, in which readers and the writer do not wait for each other, and commits that are
    /// synced to the disk.
    private static func configure(_ database: borrowing Database) throws(StoreError) {
        do throws(SQLiteError) {
            // Enriched trades take 2.4 kB: of a page of 4 kB, the default, 40 % stays empty. Only a new file takes it.
            try database.execute("PRAGMA page_size = 8192")
            _ = try database.text("PRAGMA journal_mode = WAL")
            try database.execute(
                """
                PRAGMA synchronous = FULL;
                PRAGMA foreign_keys = ON;
                PRAGMA journal_size_limit = 67108864;
                """)
        } catch {
            throw StoreError(error)
        }
    }

    /// Throws if the tables of pm-store cannot be in this database, because it has others of their names.
    private static func check(_ database: borrowing Database) throws(StoreError) {
        // one transaction, in which another program's migration is complete or not there
        do throws(SQLiteError) { try database.execute("BEGIN") } catch { throw StoreError(error) }
        defer { try? database.execute("ROLLBACK") }
        let version = try version(of: database)
        let steps = try Migration.missing(from: version)
        guard steps.count == Migration.newest else { return try checkTables(of: database, version: version) }
        guard let taken = try firstTakenName(in: database) else { return }
        throw StoreError(
            .schema,
            "\(taken) already exists: the database has tables of its own, and pm-store needs others of that name"
        )
    }

    /// Throws if the database is another program's, which counts versions too.
    private static func checkTables(of database: borrowing Database, version: Int) throws(StoreError) {
        let count = "SELECT count(*) FROM sqlite_schema WHERE name IN ('trades', 'cursors')"
        do throws(SQLiteError) {
            guard try database.integer(count) != 2 else { return }
        } catch {
            throw StoreError(error)
        }
        throw StoreError(.schema, "the database is at version \(version) of another program's schema")
    }

    /// Returns the kind and name of something in the database that has the name of a table, index or view of ours.
    private static func firstTakenName(in database: borrowing Database) throws(StoreError) -> String? {
        do throws(SQLiteError) {
            guard try database.integer("SELECT count(*) FROM sqlite_schema") != 0 else { return nil }
            let ours = try Database(":memory:")
            for step in Migration.all { try ours.execute(step.sqlite) }
            let names = try ours.prepare("SELECT name FROM sqlite_schema")
            let lookup = try database.prepare(
                "SELECT type || ' ' || name FROM sqlite_schema WHERE lower(name) = lower(?)")
            while try names.step() {
                try lookup.bind(names.text(0), at: 1)
                if try lookup.step() { return lookup.text(0) }
                lookup.reset()
            }
            return nil
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
