import CSQLite
import Glibc

/// Why SQLite did not do as asked.
package struct SQLiteError: Error, CustomStringConvertible {
    /// What a writer of batches does next.
    package enum Kind: Sendable {
        /// Another connection holds a lock: the same again, a little later.
        case transient
        /// No room on the disk, or none left to this database: wait, then the same again.
        case full
        /// A row is at fault: halve the batch until it is found.
        case data
        /// A table, a column or the SQL itself is at fault: no retry will help.
        case schema
        /// The file is damaged, or no database.
        case corrupt
        /// Anything else, for example a file that cannot be opened or written.
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

    /// The failure that `connection` reported last.
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
        // SQLite calls it an I/O error when it is the shared memory of the WAL that finds no room
        case SQLITE_IOERR where systemError == ENOSPC || systemError == EDQUOT: .full
        case SQLITE_CONSTRAINT, SQLITE_TOOBIG, SQLITE_MISMATCH: .data
        case SQLITE_ERROR, SQLITE_SCHEMA, SQLITE_RANGE, SQLITE_MISUSE: .schema
        case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
        default: .other
        }
    }

    package var isTransient: Bool { kind == .transient }
    package var isFull: Bool { kind == .full }
    package var isCorrupt: Bool { kind == .corrupt }

    package var description: String {
        let reason = systemError == 0 ? "" : ": " + String(cString: strerror(systemError))
        return "\(message)\(reason) [SQLite \(code)]"
    }

    private static func isInputOutput(_ code: CInt) -> Bool {
        [SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_FULL].contains(code & 0xFF)
    }
}
