import CLibpq
import Glibc

/// One connection to a PostgreSQL server, closed when its owner lets go.
///
/// libpq forbids two threads on one connection; being noncopyable and not
/// `Sendable`, this type leaves the compiler to see to it.
package struct Connection: ~Copyable {
    private let handle: OpaquePointer
    private let notices: Notices
    private let timeout: Duration

    /// Connects. Text travels as UTF-8; `application_name` is this program's name unless one was given.
    ///
    /// - Parameters:
    ///   - timeout: For all hosts together. The default is `connect_timeout` of `server`, else ten seconds.
    ///     The lookup of a host's name is the resolver's, and not counted.
    ///   - onNotice: Hears what the server remarks on, one line each. By default nobody does.
    /// - Throws: ``PostgresError``: of the kind `connectionLost` when the server is away, starting up or shutting
    ///   down; `transient` when it is full; `schema` when there is no such database; `other` when it refuses.
    package init(
        _ server: ConnectionString, timeout: Duration? = nil, onNotice: ((String) -> Void)? = nil
    ) throws(PostgresError) {
        guard let handle = Self.start(server) else { throw .outOfMemory }
        let (notices, timeout) = (Notices(onNotice), timeout ?? server.timeout ?? .seconds(10))
        notices.listen(to: handle)
        do throws(PostgresError) {
            try Handshake(handle, within: timeout, step: PQconnectPoll).complete()
        } catch {
            PQfinish(handle)
            throw error
        }
        (self.handle, self.notices, self.timeout) = (handle, notices, timeout)
    }

    /// Connects with a connection string or URI.
    package init(
        _ server: String, timeout: Duration? = nil, onNotice: ((String) -> Void)? = nil
    ) throws(PostgresError) {
        try self.init(ConnectionString(server), timeout: timeout, onNotice: onNotice)
    }

    deinit {
        PQfinish(handle)
    }

    /// Runs one statement with its parameters (`$1`, `$2`, …) out of line. Results come as text.
    ///
    /// The corresponding C function is `PQexecParams`.
    package borrowing func run(_ sql: String, _ parameters: [Parameter] = []) throws(PostgresError) -> Rows {
        let result = try ParameterArrays.lend(parameters) { [handle] in
            PQexecParams(handle, sql, CInt($0.values.count), $0.types, $0.values, $0.lengths, $0.formats, 0)
        }
        return try Rows(result, from: handle)
    }

    /// Runs several statements, separated by semicolons, as one transaction unless they say otherwise.
    ///
    /// The corresponding C function is `PQexec`.
    package borrowing func run(script: String) throws(PostgresError) {
        _ = try Rows(PQexec(handle, script), from: handle)
    }

    /// Has the server plan one statement under a name, for as long as the connection lasts.
    ///
    /// - Parameter types: Of the first parameters; the server infers the others.
    package borrowing func prepare(
        _ name: String, _ sql: String, types: [ObjectID] = []
    ) throws(PostgresError) {
        let types = types.map(\.rawValue)
        _ = try Rows(PQprepare(handle, name, sql, CInt(types.count), types), from: handle)
    }

    /// Runs a prepared statement. The types are those it was prepared with.
    package borrowing func execute(
        prepared name: String, _ parameters: [Parameter] = []
    ) throws(PostgresError) -> Rows {
        let result = try ParameterArrays.lend(parameters) { [handle] in
            PQexecPrepared(handle, name, CInt($0.values.count), $0.values, $0.lengths, $0.formats, 0)
        }
        return try Rows(result, from: handle)
    }

    /// Whether the connection stands, as far as can be told without asking the server: what it said
    /// meanwhile, such as goodbye, is heard.
    package var isHealthy: Bool { stands(handle) }

    /// Connects anew, to the same server and within the same time. Prepared statements are gone,
    /// and an open transaction is undone.
    package borrowing func reset() throws(PostgresError) {
        guard PQresetStart(handle) == 1 else { throw .failure(of: handle) }
        try Handshake(handle, within: timeout, step: PQresetPoll).complete()
    }

    /// Begins to connect. Nothing that is secret has been sent when this returns.
    private static func start(_ server: ConnectionString) -> OpaquePointer? {
        guard let handle = start(server.settings), let resolved = PQconninfo(handle) else { return nil }
        defer { PQconninfoFree(resolved) }
        guard let stricter = server.settings(afterService: ConnectionString.values(of: resolved)) else {
            return handle
        }
        PQfinish(handle)
        return start(stricter)
    }

    /// The corresponding C function is `PQconnectStartParams`.
    private static func start(_ settings: [String: String]) -> OpaquePointer? {
        let copies = settings.map { (strdup($0.key)!, strdup($0.value)!) }
        defer { for (keyword, value) in copies { free(keyword); free(value) } }
        let keywords = copies.map { UnsafePointer($0.0) as UnsafePointer<CChar>? } + [nil]
        let values = copies.map { UnsafePointer($0.1) as UnsafePointer<CChar>? } + [nil]
        return PQconnectStartParams(keywords, values, 0)
    }
}

/// Whether a connection stands, after hearing what the server said meanwhile.
///
/// `PQstatus` alone will not do: after a write that failed it says all is well until the next read.
func stands(_ handle: OpaquePointer) -> Bool {
    var entry = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
    while PQstatus(handle) == CONNECTION_OK, poll(&entry, 1, 0) > 0 {
        guard PQconsumeInput(handle) == 1 else { return false }
        _ = PQisBusy(handle)  // takes in what was read; a message left unread would be polled for ever
    }
    return PQstatus(handle) == CONNECTION_OK
}
