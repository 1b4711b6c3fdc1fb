import CLibpq
import Glibc

/// The handshake of a new connection, step by step, so that it ends in time and reports why it failed.
///
/// `PQconnectdb` needs one call only, but its timeout counts whole seconds for each host, and it gives no
/// SQLSTATE: a server that is starting up and a wrong password would look alike.
struct Handshake {
    private let handle: OpaquePointer
    private let deadline: ContinuousClock.Instant

    /// - Parameter handle: A connection that `PQconnectStartParams` has started.
    init(_ handle: OpaquePointer, within timeout: Duration) {
        self.handle = handle
        deadline = .now + timeout
    }

    /// Returns when the connection is ready.
    ///
    /// Source: PostgreSQL manual, 34.1, "PQconnectStartParams": start as if the last step had asked to write.
    func complete() throws(PostgresError) {
        // Verbose messages are the one place where libpq shows the SQLSTATE of a rejected connection.
        PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
        defer { PQsetErrorVerbosity(handle, PQERRORS_DEFAULT) }
        guard PQstatus(handle) != CONNECTION_BAD else { throw failure }
        var next = PGRES_POLLING_WRITING
        while next != PGRES_POLLING_OK {
            guard next != PGRES_POLLING_FAILED else { throw failure }
            try wait(toRead: next == PGRES_POLLING_READING)
            next = PQconnectPoll(handle)
        }
    }

    private func wait(toRead: Bool) throws(PostgresError) {
        var entry = pollfd(fd: PQsocket(handle), events: Int16(toRead ? POLLIN : POLLOUT), revents: 0)
        while true {
            let left = (deadline - .now) / .milliseconds(1)
            guard left > 0 else { throw PostgresError(.connectionLost, "the server did not answer in time") }
            if poll(&entry, 1, CInt(min(left.rounded(.up), 60_000))) > 0 { return }
        }
    }

    /// The error in libpq's message: `… FATAL:  28P01: password authentication failed …`, followed by lines
    /// such as `LOCATION:`.
    private var failure: PostgresError {
        let text = String(cString: PQerrorMessage(handle))
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("LOCATION:") }
        // with several hosts each has a line; the last SQLSTATE is taken
        let state = lines.compactMap(Self.state).last
        let message = lines.joined(separator: "\n")
        return PostgresError(
            sqlState: state, message: state.map { message.replacing("\($0): ", with: "") } ?? message,
            otherwise: .connectionLost)
    }

    /// Returns the first word between colons that looks like a SQLSTATE: five digits and capitals, with at
    /// least one digit. The severity before it may be in the server's language, so it cannot be searched for.
    private static func state(in line: Substring) -> String? {
        let words = line.split(separator: ":").map { $0.drop { $0 == " " } }
        return words.first { $0.count == 5 && $0.allSatisfy(isCode) && $0.contains(where: \.isNumber) }
            .map { String($0) }
    }

    private static func isCode(_ character: Character) -> Bool {
        character.isASCII && (character.isNumber || character.isUppercase)
    }
}
