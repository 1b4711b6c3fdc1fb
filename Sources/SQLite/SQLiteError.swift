import CSQLite
import Glibc

/// An error reported by SQLite.
package struct SQLiteError: Error, CustomStringConvertible {
    /// The class of an error, by what a writer of batches does next.
    package enum Kind: Sendable {
        /// Another connection holds a lock: run the same again after a pause.
        case transient
        /// The disk or the database is full: wait, then run the same again.
        case full
        /// A row is bad: halve the batch until it is found.
        case data
        /// A table, a column or the SQL itself is wrong: a retry does not help.
        case schema
        /// The file is damaged, or is not a database.
        case corrupt
        /// Any other error, for example a file that cannot be opened or written.
        case other
    }

    /// The extended result code, for example `SQLITE_BUSY_SNAPSHOT`.
    package let code: CInt
    package let message: String
    /// The `errno` of the system call that failed; 0 when none did.
    package let systemError: CInt

    init(code: CInt, message: String, systemError: CInt = 0) {
        self.code = code
        self.message = message
        self.systemError = systemError
    }

    /// The last error that `connection` reported.
    init(code: CInt, of connection: OpaquePointer?) {
        let message = connection.map { sqlite3_errmsg($0) } ?? sqlite3_errstr(code)
        self.init(
            code: code, message: message.map { String(cString: $0) } ?? "error \(code)",
            systemError: Self.isInputOutput(code) ? connection.map { sqlite3_system_errno($0) } ?? 0 : 0)
    }

    /// The corresponding C manual page is https://sqlite.org/rescode.html.
    package var kind: Kind {
        switch code & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL: .transient
        case SQLITE_FULL: .full
        // a full disk under the shared memory of the WAL is reported as an I/O error
        case SQLITE_IOERR where systemError == ENOSPC || systemError == EDQUOT: .full
        case SQLITE_CONSTRAINT, SQLITE_TOOBIG, SQLITE_MISMATCH: .data
        case SQLITE_ERROR, SQLITE_SCHEMA, SQLITE_RANGE, SQLITE_MISUSE: .schema
        case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
        default: .other
        }
    }

    package var description: String {
        let reason = systemError == 0 ? "" : ": " + String(cString: strerror(systemError))
        return "\(message)\(reason) [SQLite \(code)]"
    }

    private static func isInputOutput(_ code: CInt) -> Bool {
        [SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_FULL].contains(code & 0xFF)
    }
}
