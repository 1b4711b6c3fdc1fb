import CLibpq

/// What the server, or libpq on its behalf, had to say.
package struct PostgresError: Error, CustomStringConvertible {
    /// What a writer of batches does next.
    package enum Kind: Sendable {
        /// Connect anew, then send the same batch again: whether it arrived is in doubt.
        case connectionLost
        /// Send the same batch again on the same connection, a little later.
        case transient
        /// It took longer than the server allows: again a little later, and then less at a time.
        case tooLong
        /// A row is at fault: halve the batch until it is found.
        case data
        /// A table, column, privilege or the SQL itself is at fault: no retry will help.
        case schema
        /// Anything else that stays as it is, for example a wrong password.
        case other
    }

    /// The five-character SQLSTATE; `nil` when the server did not speak.
    package let sqlState: String?
    /// One line, without the severity and without a newline.
    package let message: String
    package let kind: Kind

    /// An error the server did not report: `kind` is the caller's knowledge.
    init(_ kind: Kind, _ message: String) {
        self.init(sqlState: nil, message: message, otherwise: kind)
    }

    /// - Parameter kind: What it is when `sqlState` is missing.
    init(sqlState: String?, message: String, otherwise kind: Kind = .other) {
        self.sqlState = sqlState
        self.message = message.split(separator: "\n").map { $0.drop { $0 == "\t" } }.joined(separator: "; ")
        self.kind = sqlState.map(Kind.init(sqlState:)) ?? kind
    }

    /// Whether the same statement may succeed on a later attempt.
    package var isTransient: Bool {
        switch kind {
        case .connectionLost, .transient, .tooLong: true
        case .data, .schema, .other: false
        }
    }

    package var description: String {
        sqlState.map { "\(message) [\($0)]" } ?? message
    }

    static var outOfMemory: PostgresError { PostgresError(.transient, "out of memory") }
}

extension PostgresError.Kind {
    /// The first row that fits decides.
    ///
    /// Source: PostgreSQL manual, appendix A, "PostgreSQL Error Codes". Poolers make use of 58 and XX, too, for what
    /// passes by itself.
    private static let table: [(prefix: String, kind: Self)] = [
        ("08", .connectionLost),  // connection exception
        ("57P04", .other),  // the database was dropped: there is none to come back to
        ("57P", .connectionLost),  // shut down, crashed, starting up, idle for too long
        ("57014", .tooLong),  // cancelled, as a rule by statement_timeout
        ("57", .transient),  // an operator stepped in
        ("25P03", .connectionLost),  // idle in a transaction for too long: the server hung up
        ("25006", .connectionLost),  // read only: a failover left us on a standby, another server writes
        ("25", .connectionLost),  // a transaction in a state that is not ours: a new connection has none
        ("40", .transient),  // serialization failure, deadlock
        ("53", .transient),  // disk full, out of memory, too many connections
        ("55", .transient),  // lock not available, an object in use
        ("58", .transient),  // the system around the server: an I/O error, no server behind a pooler
        ("F0", .transient),  // a configuration file, while it is being changed
        ("XX001", .other),  // data corrupted
        ("XX002", .other),  // index corrupted
        ("XX", .transient),  // internal: "tuple concurrently updated", a pooler's "max clients reached"
        ("21", .data),  // ON CONFLICT met the same key twice in one statement
        ("22", .data),  // data exception
        ("23", .data),  // integrity constraint violation
        ("44", .data),  // WITH CHECK OPTION violation
        ("54", .data),  // a program limit, for example the depth of JSON
        ("P0", .data),  // a trigger of the user's raised an exception
        ("3D", .schema),  // no such database
        ("3F", .schema),  // no such schema
        ("42", .schema),  // syntax error, undefined object, no privilege
    ]

    init(sqlState: String) {
        self = Self.table.first { sqlState.hasPrefix($0.prefix) }?.kind ?? .other
    }
}
