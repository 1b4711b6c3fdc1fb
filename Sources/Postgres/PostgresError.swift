import CLibpq

/// An error reported by the server or by libpq.
package struct PostgresError: Error, CustomStringConvertible {
    /// Classifies an error by what a writer of batches must do next.
    package enum Kind: Sendable {
        /// Connect again, then send the same batch: whether it was committed is unknown.
        case connectionLost
        /// Send the same batch again on the same connection, after a pause.
        case transient
        /// The statement took longer than the server allows: send it again after a pause, then fewer rows.
        case timedOut
        /// A row is bad: halve the batch until it is found.
        case data
        /// A table, column, privilege or the SQL itself is wrong: a retry does not help.
        case schema
        /// Any other permanent error, for example a wrong password.
        case other
    }

    /// The five-character SQLSTATE; `nil` when the server did not answer.
    package let sqlState: String?
    /// One line, without the severity and without a newline.
    package let message: String
    package let kind: Kind

    /// Makes an error without a SQLSTATE, of the given kind.
    init(_ kind: Kind, _ message: String) {
        self.init(sqlState: nil, message: message, otherwise: kind)
    }

    /// - Parameter kind: The kind when `sqlState` is missing.
    init(sqlState: String?, message: String, otherwise kind: Kind = .other) {
        self.sqlState = sqlState
        self.message = message.split(separator: "\n").map { $0.drop { $0 == "\t" } }.joined(separator: "; ")
        self.kind = sqlState.map(Kind.init(sqlState:)) ?? kind
    }

    package var description: String {
        sqlState.map { "\(message) [\($0)]" } ?? message
    }

    static var outOfMemory: PostgresError { PostgresError(.transient, "out of memory") }
}

extension PostgresError.Kind {
    /// The kinds by prefix of the SQLSTATE; the first match decides.
    ///
    /// Source: PostgreSQL manual, appendix A, "PostgreSQL Error Codes". Poolers also use 58 and XX for
    /// temporary failures.
    private static let table: [(prefix: String, kind: Self)] = [
        ("08", .connectionLost),  // connection exception
        ("57P04", .other),  // the database was dropped: a retry cannot find it again
        ("57P", .connectionLost),  // shut down, crashed, starting up, idle for too long
        ("57014", .timedOut),  // cancelled, usually by statement_timeout
        ("57", .transient),  // operator intervention
        ("25P03", .connectionLost),  // idle in a transaction for too long: the server hung up
        ("25006", .connectionLost),  // read only: after a failover, another server accepts writes
        ("25", .connectionLost),  // invalid transaction state: a new connection starts without a transaction
        ("40", .transient),  // serialization failure, deadlock
        ("53", .transient),  // disk full, out of memory, too many connections
        ("55", .transient),  // lock not available, an object in use
        ("58", .transient),  // the system around the server: an I/O error, no server behind a pooler
        ("F0", .transient),  // a configuration file is being changed
        ("XX001", .other),  // data corrupted
        ("XX002", .other),  // index corrupted
        ("XX", .transient),  // internal: "tuple concurrently updated", a pooler's "max clients reached"
        ("21", .data),  // the same key twice in one ON CONFLICT statement
        ("22", .data),  // data exception
        ("23", .data),  // integrity constraint violation
        ("44", .data),  // WITH CHECK OPTION violation
        ("54", .data),  // a program limit, for example the depth of JSON
        ("P0", .data),  // an exception raised by a user's trigger
        ("3D", .schema),  // no such database
        ("3F", .schema),  // no such schema
        ("42", .schema),  // syntax error, undefined object, no privilege
    ]

    init(sqlState: String) {
        self = Self.table.first { sqlState.hasPrefix($0.prefix) }?.kind ?? .other
    }
}
