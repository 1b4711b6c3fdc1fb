import Glibc
import PMPipe
import Postgres
import SQLite

/// An error of a store, with a kind that decides what its user does next.
package struct StoreError: Error, Equatable, CustomStringConvertible {
    package enum Kind: Sendable {
        /// The database is down, busy or full: retry the same after a pause.
        case unavailable
        /// The database cancelled a slow statement: retry, then with fewer rows.
        case timedOut
        /// A row is bad: ``RecordStore/badRows(in:)`` finds it.
        case data
        /// The schema is foreign, or newer than this program: a retry does not help.
        case schema
        /// The file was replaced by one that lacks what was stored: only a restart from its cursor completes it.
        case replaced
        /// Another process has taken over the stream whose cursor was to be written.
        case fenced
        /// A wrong password, a missing role or the like: a retry does not help.
        case misconfigured
        /// The file is damaged, or cannot be read or written.
        case inputOutput
    }

    package let kind: Kind
    /// The SQLSTATE, or SQLite's extended result code.
    package let code: String?
    package let message: String

    package init(_ kind: Kind, _ message: String, code: String? = nil) {
        self.kind = kind
        self.code = code
        self.message = message
    }

    package var description: String { code.map { "\(message) [\($0)]" } ?? message }

    /// The error with which the stage ends.
    package var asStageError: StageError {
        let status: ExitStatus =
            switch kind {
            case .unavailable, .timedOut: .unavailable
            case .data: .badData
            case .replaced: .tryAgain
            case .schema, .fenced, .misconfigured: .configuration
            case .inputOutput: .inputOutput
            }
        return StageError(status, "unable to use the database: \(self)")
    }
}

extension StoreError {
    init(_ error: PostgresError) {
        let kind: Kind =
            switch error.kind {
            case .connectionLost, .transient: .unavailable
            case .timedOut: .timedOut
            case .data: .data
            case .schema: .schema
            case .other: .misconfigured
            }
        self.init(kind, error.message, code: error.sqlState)
    }

    init(_ error: SQLiteError) {
        let kind: Kind =
            switch error.kind {
            case .transient, .full: .unavailable
            case .data: .data
            case .schema: .schema
            case .corrupt, .other: .inputOutput
            }
        let reason = error.systemError == 0 ? "" : ": " + String(cString: strerror(error.systemError))
        self.init(kind, error.message + reason, code: "SQLite \(error.code)")
    }
}
