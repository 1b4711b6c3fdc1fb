import CSQLite
import Glibc

/// One connection to a SQLite database, closed at the end of its owner's life.
///
/// Opened without SQLite's own mutexes: this type is noncopyable and not `Sendable`, so it has one user at a
/// time.
package struct Database: ~Copyable {
    package enum Access: Sendable {
        case readOnly
        /// Reads and writes; creates a missing file, readable and writable by its owner only.
        case create

        fileprivate var flags: CInt {
            switch self {
            case .readOnly: SQLITE_OPEN_READONLY
            case .create: SQLITE_OPEN_READWRITE
            }
        }
    }

    private let handle: OpaquePointer

    /// Opens a database.
    ///
    /// - Parameters:
    ///   - path: A file, or `:memory:` for a database that exists as long as this value.
    ///   - access: The default is `create`.
    ///   - busyTimeout: The longest wait for another connection's lock. The default is five seconds.
    package init(
        _ path: String, access: Access = .create, busyTimeout: Duration = .seconds(5)
    ) throws(SQLiteError) {
        let isInMemory = path == ":memory:"
        if access == .create, !isInMemory { try Self.createFile(path) }
        var handle: OpaquePointer?
        let flags = access.flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(path, &handle, flags, nil)
        guard code == SQLITE_OK, let handle else {
            defer { sqlite3_close_v2(handle) }
            throw SQLiteError(code: code, of: handle)
        }
        sqlite3_busy_timeout(handle, CInt(clamping: Int(busyTimeout / .milliseconds(1))))
        self.handle = handle
    }

    deinit {
        // v2 waits for statements that outlive their database
        sqlite3_close_v2(handle)
    }

    /// Runs a script of statements, separated by semicolons, and ignores their rows.
    ///
    /// The corresponding C function is `sqlite3_exec`.
    package borrowing func execute(_ script: String) throws(SQLiteError) {
        let code = sqlite3_exec(handle, script, nil, nil, nil)
        guard code == SQLITE_OK else { throw SQLiteError(code: code, of: handle) }
    }

    /// Compiles one statement, which can run many times.
    ///
    /// The corresponding C function is `sqlite3_prepare_v3`.
    package borrowing func prepare(_ sql: String) throws(SQLiteError) -> Statement {
        try Statement(sql, on: handle)
    }

    /// Returns the first column of the first row, as text: `text("PRAGMA journal_mode = WAL")`.
    ///
    /// - Returns: `nil` for no row or SQL `NULL`.
    package borrowing func text(_ sql: String) throws(SQLiteError) -> String? {
        let statement = try prepare(sql)
        return try statement.step() ? statement.text(0) : nil
    }

    /// Returns the first column of the first row, as a number: `integer("PRAGMA user_version")`.
    ///
    /// - Returns: `nil` for no row or SQL `NULL`.
    package borrowing func integer(_ sql: String) throws(SQLiteError) -> Int64? {
        let statement = try prepare(sql)
        return try statement.step() ? statement.integer(0) : nil
    }

    /// Returns the first column of all rows as text, without SQL `NULL`.
    package borrowing func texts(_ sql: String) throws(SQLiteError) -> [String] {
        let statement = try prepare(sql)
        var texts: [String] = []
        while try statement.step() {
            if let text = statement.text(0) { texts.append(text) }
        }
        return texts
    }

    /// The number of rows changed by the last statement that changed any.
    package var changes: Int { Int(sqlite3_changes64(handle)) }

    /// Runs `body` in a transaction and rolls it back.
    package borrowing func dryRun<Result, Failure: Error>(
        failure: (SQLiteError) -> Failure, _ body: (borrowing Database) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        do throws(SQLiteError) { try execute("BEGIN IMMEDIATE") } catch { throw failure(error) }
        defer { if isInTransaction { try? execute("ROLLBACK") } }
        return try body(self)
    }

    package var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Runs `body` in a transaction that holds the write lock from its start, so that no statement within it
    /// fails because of another connection's lock.
    ///
    /// - Throws: The error of `body`, of the start or of the commit; the transaction is then rolled back.
    package borrowing func transaction<Result>(
        _ body: (borrowing Database) throws(SQLiteError) -> Result
    ) throws(SQLiteError) -> Result {
        try transaction(failure: { $0 }, body)
    }

    /// Runs `body` in a transaction that holds the write lock from its start. `body` throws errors of its own type.
    ///
    /// - Parameter failure: Converts an error of `BEGIN` or `COMMIT` to that type.
    package borrowing func transaction<Result, Failure: Error>(
        failure: (SQLiteError) -> Failure, _ body: (borrowing Database) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        do throws(SQLiteError) { try execute("BEGIN IMMEDIATE") } catch { throw failure(error) }
        do throws(Failure) {
            let result = try body(self)
            do throws(SQLiteError) { try execute("COMMIT") } catch { throw failure(error) }
            return result
        } catch {
            // Some errors, such as a full disk, have rolled back already. A rollback that fails needs no
            // handling: SQLite rolls back when the connection closes or the file is opened again.
            if isInTransaction { try? execute("ROLLBACK") }
            throw error
        }
    }

    /// Creates the file before SQLite does, if there is none: SQLite would use mode 0644. Its journal files copy this
    /// file's mode.
    package static func createFile(_ path: String) throws(SQLiteError) {
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
