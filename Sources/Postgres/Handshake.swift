import CLibpq
import Glibc

/// A connection being made, step by step, so that it ends in time and says why it failed.
///
/// `PQconnectdb` would do with one call, but counts whole seconds, each host anew, and gives no SQLSTATE:
/// a server that is starting up and a wrong password would look alike.
struct Handshake {
    private let handle: OpaquePointer
    private let step: (OpaquePointer?) -> PostgresPollingStatusType
    private let deadline: ContinuousClock.Instant

    /// - Parameter step: `PQconnectPoll`, or `PQresetPoll` after `PQresetStart`.
    init(
        _ handle: OpaquePointer, within timeout: Duration,
        step: @escaping (OpaquePointer?) -> PostgresPollingStatusType
    ) {
        self.handle = handle
        self.step = step
        deadline = .now + timeout
    }

    /// Returns when the connection is ready.
    ///
    /// Source: PostgreSQL manual, 34.1, "PQconnectStartParams": begin as if the last step had wanted to write.
    func complete() throws(PostgresError) {
        // Verbose messages are the one place where libpq shows the SQLSTATE of a refused connection.
        PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
        defer { PQsetErrorVerbosity(handle, PQERRORS_DEFAULT) }
        guard PQstatus(handle) != CONNECTION_BAD else { throw refusal }
        var next = PGRES_POLLING_WRITING
        while next != PGRES_POLLING_OK {
            guard next != PGRES_POLLING_FAILED else { throw refusal }
            try wait(toRead: next == PGRES_POLLING_READING)
            next = step(handle)
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

    /// What stands in libpq's message, taken apart: `… FATAL:  28P01: password authentication failed …`,
    /// followed by lines such as `LOCATION:`.
    private var refusal: PostgresError {
        let text = String(cString: PQerrorMessage(handle))
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("LOCATION:") }
        // with several hosts each has its line: the last one that spoke speaks for all
        let state = lines.compactMap(Self.state).last
        let message = lines.joined(separator: "\n")
        return PostgresError(
            sqlState: state, message: state.map { message.replacing("\($0): ", with: "") } ?? message,
            otherwise: .connectionLost)
    }

    /// The first word between colons that looks like a SQLSTATE: five digits and capitals, a digit among them.
    /// The severity before it may come in the server's language, so it is no help.
    private static func state(in line: Substring) -> String? {
        let words = line.split(separator: ":").map { $0.drop { $0 == " " } }
        return words.first { $0.count == 5 && $0.allSatisfy(isCode) && $0.contains(where: \.isNumber) }
            .map { String($0) }
    }

    private static func isCode(_ character: Character) -> Bool {
        character.isASCII && (character.isNumber || character.isUppercase)
    }
}
