import Glibc
import Synchronization

/// A PostgreSQL server for tests: a new cluster, a Unix socket, `fsync` on as in production.
///
/// It never outlives the test process; see ``Watchdog``.
package final class TemporaryPostgres: Sendable {
    /// The shutdown mode.
    package enum Mode: String, Sendable {
        /// Closes connections and shuts down cleanly.
        case fast
        /// Stops as in a crash: the next start recovers from the log.
        case immediate
    }

    private let directory: TemporaryDirectory
    private let user: ServerUser
    private let programs: String
    private let settings: [String]
    private let watchdog: Watchdog

    private static let one = Result { try TemporaryPostgres() }

    /// The server that the tests of one run share, created on first use. Tests must not stop it.
    package static func shared() throws -> TemporaryPostgres { try one.get() }

    /// True if a PostgreSQL server is installed, for `.enabled(if:)`.
    package static var isInstalled: Bool { (try? findPrograms()) != nil }

    /// Creates a cluster, which takes about a second, and starts it.
    ///
    /// - Parameters:
    ///   - settings: Settings in addition to those of ``start()``, such as `max_connections=5`.
    ///   - primary: The server that it follows as a standby; `nil` for an independent server.
    package init(settings: [String] = [], standbyOf primary: TemporaryPostgres? = nil) throws {
        self.settings = settings
        programs = try Self.findPrograms()
        directory = try TemporaryDirectory()
        user = try ServerUser()
        try user.own(directory.path)
        watchdog = try Watchdog(
            onDeath: """
                '\(programs)/pg_ctl' -D '\(directory.path)/data' -m immediate stop
                rm -rf '\(directory.path)'
                """, as: user)
        // Under the watchdog: an initdb that outlives this process would create files after the clean-up.
        if let primary {
            try run(
                "pg_basebackup", "-D", data, "-R", "-c", "fast", "-d", primary.conninfo(),
                output: watchdog.leash)
        } else {
            try run(
                "initdb", "-D", data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8",
                "--locale=C.UTF-8", output: watchdog.leash)
        }
        try start()
    }

    deinit {
        watchdog.release()
    }

    package func start() throws {
        let settings = ["listen_addresses=''", "max_connections=50"] + settings
        let options = settings.reduce("-k \(directory.path)") { "\($0) -c \($1)" }
        try run("pg_ctl", "-D", data, "-l", directory.file("log"), "-w", "-o", options, "start")
    }

    package func stop(_ mode: Mode = .fast) throws {
        try run("pg_ctl", "-D", data, "-m", mode.rawValue, "-w", "stop")
    }

    /// Kills the postmaster with SIGKILL, and starts another.
    package func replaceKilled() throws {
        let pid = try directory.read("data/postmaster.pid").split(separator: "\n").first.flatMap { pid_t($0) }
        guard let pid, kill(pid, SIGKILL) == 0 else { throw TestFailure("there is no postmaster to kill") }
        // while one of its processes runs, it holds shared memory that the new server needs
        guard eventually(every: .milliseconds(50), { (try? start()) != nil }) else {
            throw TestFailure("the server does not start again: \(log.suffix(2000))")
        }
    }

    package func restart(_ mode: Mode = .fast) throws {
        try stop(mode)
        try start()
    }

    /// Promotes a standby to a primary.
    package func promote() throws {
        try run("pg_ctl", "-D", data, "-w", "promote")
    }

    /// Changes a setting of the running server; `DEFAULT` resets it.
    package func set(_ name: String, to value: String) throws {
        try run("psql", "-X", "-q", "-d", conninfo(), "-c", "ALTER SYSTEM SET \(name) = \(value)")
        try run("pg_ctl", "-D", data, "reload")
    }

    /// The directory of its socket: the `host` of a connection string.
    package var socketDirectory: String { directory.path }

    /// Returns a connection string, also while the server is stopped.
    package func conninfo(database: String = "postgres") -> String {
        "host=\(directory.path) user=postgres dbname=\(database)"
    }

    /// The same as a URI.
    package func uri(database: String = "postgres") -> String {
        "postgresql://postgres@/\(database)?host=\(directory.path)"
    }

    /// Creates an empty database, so that tests can share a server.
    ///
    /// - Returns: Its connection string.
    package func createDatabase() throws -> String {
        let name = "test_\(Self.counter.add(1, ordering: .relaxed).newValue)"
        try run("psql", "-X", "-q", "-d", conninfo(), "-c", "CREATE DATABASE \(name)")
        return conninfo(database: name)
    }

    /// Sets the authentication method, for example `scram-sha-256`. The initial method is `trust`.
    package func useAuthentication(_ method: String) throws {
        try directory.write("local all all \(method)\n", to: "data/pg_hba.conf")
        try run("pg_ctl", "-D", data, "reload")
        // the reload is a signal: wait until a server process has handled it
        let probe = conninfo() + " passfile=/dev/null"
        let hasArrived = try eventually {
            let psql = try ChildProcess("\(programs)/psql", ["-X", "-w", "-c", "SELECT", probe])
            return try psql.wait() != .status(0)
        }
        guard hasArrived else { throw TestFailure("the server did not take up \(method)") }
    }

    /// The server's log, for a failed test.
    package var log: String { (try? directory.read("log")) ?? "" }

    private static let counter = Atomic<Int>(0)

    private var data: String { directory.file("data") }

    private func run(_ program: String, _ arguments: String..., output: ChildProcess.Output = .discarded)
        throws
    {
        let command = user.command("\(programs)/\(program)", arguments)
        // discarded by default: the server would keep a pipe open while it runs
        let child = try ChildProcess(command[0], Array(command.dropFirst()), output: output)
        let exit = try child.wait()
        guard exit == .status(0) else {
            throw TestFailure("\(program) ended with \(exit): \(child.errors)\(log.suffix(2000))")
        }
    }

    /// Returns the newest of Debian's versions, otherwise the one in `PATH`.
    private static func findPrograms() throws -> String {
        let root = "/usr/lib/postgresql"
        let versions = (1...99).reversed().lazy.map { "\(root)/\($0)/bin" }
        if let folder = versions.first(where: { access("\($0)/initdb", X_OK) == 0 }) { return folder }
        guard let initdb = Executables.installed("initdb") else {
            throw TestFailure("PostgreSQL's server is not installed: neither in \(root)/*/bin nor in PATH")
        }
        return String(initdb.dropLast("/initdb".count))
    }
}
