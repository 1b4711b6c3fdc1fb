import CSQLite
import Glibc

/// One connection to a SQLite database, closed when its owner lets go.
///
/// Opened without SQLite's own mutexes: being noncopyable and not `Sendable`, this type has one user at a time.
package struct Database: ~Copyable {
    package enum Access: Sendable {
        case readOnly
        case readWrite
        /// As `readWrite`; a file that is missing is made, readable and writable by its owner only.
        case create

        fileprivate var flags: CInt {
            switch self {
            case .readOnly: SQLITE_OPEN_READONLY
            case .readWrite, .create: SQLITE_OPEN_READWRITE
            }
        }
    }

    private let handle: OpaquePointer

    /// Opens a database.
    ///
    /// - Parameters:
    ///   - path: A file, or `:memory:` for a database that lives and dies with this value.
    ///   - access: The default is to read, write and create.
    ///   - patience: How long to wait for another connection's lock. The default is five seconds.
    package init(
        _ path: String, access: Access = .create, patience: Duration = .seconds(5)
    ) throws(SQLiteError) {
        let isInMemory = path == ":memory:"
        if access == .create, !isInMemory { try Self.makeFile(path) }
        var handle: OpaquePointer?
        let flags = access.flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(path, &handle, flags, nil)
        guard code == SQLITE_OK, let handle else {
            defer { sqlite3_close_v2(handle) }
            throw SQLiteError(code: code, of: handle)
        }
        sqlite3_busy_timeout(handle, CInt(clamping: Int(patience / .milliseconds(1))))
        self.handle = handle
    }

    deinit {
        // v2 waits for statements that outlive their database
        sqlite3_close_v2(handle)
    }

    /// Runs a script: statements separated by semicolons, whose rows are of no interest.
    ///
    /// The corresponding C function is `sqlite3_exec`.
    package borrowing func execute(_ script: String) throws(SQLiteError) {
        let code = sqlite3_exec(handle, script, nil, nil, nil)
        guard code == SQLITE_OK else { throw SQLiteError(code: code, of: handle) }
    }

    /// Compiles one statement, to be run again and again.
    ///
    /// The corresponding C function is `sqlite3_prepare_v3`.
    package borrowing func prepare(_ sql: String) throws(SQLiteError) -> Statement {
        try Statement(sql, on: handle)
    }

    /// The first column of the first row, as text: `text("PRAGMA journal_mode = WAL")`.
    ///
    /// - Returns: `nil` for no row or SQL `NULL`.
    package borrowing func text(_ sql: String) throws(SQLiteError) -> String? {
        let statement = try prepare(sql)
        return try statement.step() ? statement.text(0) : nil
    }

    /// The first column of the first row, as a number: `integer("PRAGMA user_version")`.
    ///
    /// - Returns: `nil` for no row or SQL `NULL`.
    package borrowing func integer(_ sql: String) throws(SQLiteError) -> Int64? {
        let statement = try prepare(sql)
        return try statement.step() ? statement.integer(0) : nil
    }

    /// Rows changed by the last statement that changed any.
    package var changes: Int { Int(sqlite3_changes64(handle)) }

    /// Makes way for what `body` does, and undoes it: to find out what would become of it.
    package borrowing func rehearsal<Result, Failure: Error>(
        failure: (SQLiteError) -> Failure, _ body: (borrowing Database) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        do throws(SQLiteError) { try execute("BEGIN IMMEDIATE") } catch { throw failure(error) }
        defer { if isInTransaction { try? execute("ROLLBACK") } }
        return try body(self)
    }

    package var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Runs `body` in a transaction that holds the write lock from its start,
    /// so that no statement within fails for a lock taken meanwhile.
    ///
    /// - Throws: What `body` or a statement around it throws; nothing of the transaction has then happened.
    package borrowing func transaction<Result>(
        _ body: (borrowing Database) throws(SQLiteError) -> Result
    ) throws(SQLiteError) -> Result {
        try transaction(failure: { $0 }, body)
    }

    /// The same for a `body` with an error of its own.
    ///
    /// - Parameter failure: Makes such an error of one that beginning or committing met.
    package borrowing func transaction<Result, Failure: Error>(
        failure: (SQLiteError) -> Failure, _ body: (borrowing Database) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        do throws(SQLiteError) { try execute("BEGIN IMMEDIATE") } catch { throw failure(error) }
        do throws(Failure) {
            let result = try body(self)
            do throws(SQLiteError) { try execute("COMMIT") } catch { throw failure(error) }
            return result
        } catch {
            // Some errors, such as a full disk, have rolled back already. A rollback that fails itself
            // leaves nothing to do: closing the connection or the next opening undoes it.
            if isInTransaction { try? execute("ROLLBACK") }
            throw error
        }
    }

    /// Made before SQLite does, which would ask for 0644; its journal files take over this file's mode.
    private static func makeFile(_ path: String) throws(SQLiteError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor < 0 else {
            close(descriptor)
            return
        }
        guard errno == EEXIST else {
            throw SQLiteError(code: SQLITE_CANTOPEN, message: "unable to create \(path)", systemError: errno)
        }
    }
}
