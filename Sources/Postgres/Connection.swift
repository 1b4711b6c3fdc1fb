import CLibpq
import Glibc

/// One connection to a PostgreSQL server, closed at the end of its owner's life.
///
/// libpq forbids two threads on one connection. This type is noncopyable and not `Sendable`, so the compiler
/// enforces that.
package struct Connection: ~Copyable {
    private let handle: OpaquePointer

    /// Connects. Text travels as UTF-8; `application_name` is this program's name unless one was given.
    ///
    /// - Parameter timeout: The longest time for all hosts together. The default is `connect_timeout` of
    ///   `server`, else ten seconds. The resolver's lookup of a host name does not count.
    /// - Throws: ``PostgresError`` of the kind `connectionLost` when the server is down, starting up or
    ///   shutting down; `transient` when it is full; `schema` when there is no such database; `other` when it
    ///   rejects the connection.
    package init(_ server: ConnectionString, timeout: Duration? = nil) throws(PostgresError) {
        guard let handle = Self.start(server) else { throw .outOfMemory }
        // libpq's own processor would write notices to standard error
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        do throws(PostgresError) {
            try Handshake(handle, within: timeout ?? server.timeout ?? .seconds(10)).complete()
        } catch {
            PQfinish(handle)
            throw error
        }
        self.handle = handle
    }

    /// Connects with a connection string or URI.
    package init(_ server: String, timeout: Duration? = nil) throws(PostgresError) {
        try self.init(ConnectionString(server), timeout: timeout)
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

    /// Prepares one statement under a name, for as long as the connection lasts.
    ///
    /// - Parameter types: The types of the first parameters; the server infers the others.
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

    /// Starts to connect. No secret has been sent when this returns.
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

/// Returns true if a connection is still open, after reading what the server has sent meanwhile.
///
/// `PQstatus` alone is not enough: after a failed write it reports success until the next read.
func isOpen(_ handle: OpaquePointer) -> Bool {
    var entry = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
    while PQstatus(handle) == CONNECTION_OK, poll(&entry, 1, 0) > 0 {
        guard PQconsumeInput(handle) == 1 else { return false }
        _ = PQisBusy(handle)  // parses what was read; an unparsed message would be polled for ever
    }
    return PQstatus(handle) == CONNECTION_OK
}
