import Glibc
import PMPipe
import Postgres
import SQLite

/// Why a store did not do as asked, and what its user does next.
package struct StoreError: Error, Equatable, CustomStringConvertible {
    package enum Kind: Sendable {
        /// The database is away, busy or full: the same again, a little later.
        case away
        /// The database broke off what took it too long: again, and then less at a time.
        case tooLong
        /// A row is at fault: ``RecordStore/faults(in:)`` finds it.
        case data
        /// The schema is not ours, or newer than this program: no retry mends it.
        case schema
        /// Another process has taken over the stream whose cursor was to move.
        case fenced
        /// A wrong password, no such role: a setting that no retry mends.
        case refused
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

    /// The end of a stage that met it.
    package var asStageError: StageError {
        let status: ExitStatus =
            switch kind {
            case .away, .tooLong: .unavailable
            case .data: .badData
            case .schema, .fenced, .refused: .configuration
            case .inputOutput: .inputOutput
            }
        return StageError(status, "unable to use the database: \(self)")
    }
}

extension StoreError {
    init(_ error: PostgresError) {
        let kind: Kind =
            switch error.kind {
            case .connectionLost, .transient: .away
            case .tooLong: .tooLong
            case .data: .data
            case .schema: .schema
            case .other: .refused
            }
        self.init(kind, error.message, code: error.sqlState)
    }

    init(_ error: SQLiteError) {
        let kind: Kind =
            switch error.kind {
            case .transient, .full: .away
            case .data: .data
            case .schema: .schema
            case .corrupt, .other: .inputOutput
            }
        let reason = error.systemError == 0 ? "" : ": " + String(cString: strerror(error.systemError))
        self.init(kind, error.message + reason, code: "SQLite \(error.code)")
    }
}
