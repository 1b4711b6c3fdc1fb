import Glibc

/// PgBouncer in transaction mode in front of a PostgreSQL server: a client gets another server connection for
/// each transaction.
///
/// It never outlives the test process; see ``Watchdog``.
package final class TemporaryPgBouncer: Sendable {
    private let directory: TemporaryDirectory
    private let user: ServerUser
    private let program: String
    private let watchdog: Watchdog

    /// True if PgBouncer is installed, for `.enabled(if:)`.
    package static var isInstalled: Bool { Executables.installed("pgbouncer") != nil }

    /// - Parameter serverConnections: The server connections that all clients of one database share.
    package init(before server: TemporaryPostgres, serverConnections: Int = 2) throws {
        guard let program = Executables.installed("pgbouncer") else {
            throw TestFailure("PgBouncer is not installed")
        }
        self.program = program
        directory = try TemporaryDirectory()
        user = try ServerUser()
        try user.own(directory.path)
        let path = directory.path
        try directory.write(
            """
            [databases]
            * = host=\(server.socketDirectory) user=postgres
            [pgbouncer]
            unix_socket_dir = \(path)
            listen_port = 5432
            pidfile = \(path)/pid
            logfile = \(path)/log
            auth_type = any
            admin_users = admin
            pool_mode = transaction
            default_pool_size = \(serverConnections)
            """, to: "settings")
        watchdog = try Watchdog(onDeath: "kill $(cat '\(path)/pid'); rm -rf '\(path)'", as: user)
        try start()
    }

    deinit {
        watchdog.release()
    }

    package func start() throws {
        let command = user.command(program, ["-d", directory.file("settings")])
        let child = try ChildProcess(command[0], Array(command.dropFirst()), output: .discarded)
        guard try child.wait() == .status(0),
            eventually({ access(directory.file(".s.PGSQL.5432"), F_OK) == 0 })
        else { throw TestFailure("PgBouncer did not start: \(child.errors)\(log)") }
    }

    /// Stops at once and closes all connections.
    package func stop() throws {
        guard let pid = pid_t(try directory.read("pid").filter(\.isNumber)) else { return }
        kill(pid, SIGTERM)
        guard eventually({ kill(pid, 0) != 0 }) else { throw TestFailure("PgBouncer did not stop: \(log)") }
    }

    /// The directory of its socket: the `host` of a connection string.
    package var socketDirectory: String { directory.path }

    /// Replaces the server connections by new ones, which have no prepared statements.
    package func replaceServerConnections() throws {
        guard let psql = Executables.installed("psql") else { throw TestFailure("psql is not installed") }
        let admin = "host=\(directory.path) user=admin dbname=pgbouncer"
        let child = try ChildProcess(psql, ["-X", "-q", "-d", admin, "-c", "RECONNECT"])
        guard try child.wait() == .status(0) else { throw TestFailure("RECONNECT: \(child.errors)") }
    }

    /// Its log, for a failed test.
    package var log: String { (try? directory.read("log")) ?? "" }
}
