import Glibc
import Synchronization

/// A PostgreSQL server of the tests' own: a fresh cluster, a Unix socket, `fsync` as in real life.
///
/// It lasts no longer than the test process, however that ends; see ``Watchdog``.
package final class TemporaryPostgres: Sendable {
    /// How the server is told to stop.
    package enum Mode: String, Sendable {
        /// Connections are cut, and the data is in order.
        case fast
        /// As after a crash: the next start recovers from the log.
        case immediate
    }

    private let directory: TemporaryDirectory
    private let user: ServerUser
    private let programs: String
    private let settings: [String]
    private let watchdog: Watchdog

    private static let one = Result { try TemporaryPostgres() }

    /// The server that the tests of one run share, made when first asked for. Do not stop this one.
    package static func shared() throws -> TemporaryPostgres { try one.get() }

    /// Whether this machine has a PostgreSQL server to offer, for `.enabled(if:)`.
    package static var isInstalled: Bool { (try? findPrograms()) != nil }

    /// Makes a cluster (about a second) and starts it.
    ///
    /// - Parameters:
    ///   - settings: Beside those of ``start()``, such as `max_connections=5`.
    ///   - primary: The server that it follows as a standby; `nil` for one that stands alone.
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
        // On the leash: an initdb that outlives us would put new files where the old ones have gone.
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
        // as long as one of its processes lives, it holds memory that the new one asks for
        guard eventually(every: .milliseconds(50), { (try? start()) != nil }) else {
            throw TestFailure("the server does not start again: \(log.suffix(2000))")
        }
    }

    package func restart(_ mode: Mode = .fast) throws {
        try stop(mode)
        try start()
    }

    /// Makes a standby a server of its own, which may be written to.
    package func promote() throws {
        try run("pg_ctl", "-D", data, "-w", "promote")
    }

    /// Changes a setting of the running server; `DEFAULT` takes it back.
    package func set(_ name: String, to value: String) throws {
        try run("psql", "-X", "-q", "-d", conninfo(), "-c", "ALTER SYSTEM SET \(name) = \(value)")
        try run("pg_ctl", "-D", data, "reload")
    }

    /// Where its socket is: the `host` of a connection string.
    package var socketDirectory: String { directory.path }

    /// A connection string, whether the server runs or not.
    package func conninfo(database: String = "postgres") -> String {
        "host=\(directory.path) user=postgres dbname=\(database)"
    }

    /// The same as a URI.
    package func uri(database: String = "postgres") -> String {
        "postgresql://postgres@/\(database)?host=\(directory.path)"
    }

    /// Makes an empty database, so that tests that share a server do not meet.
    ///
    /// - Returns: Its connection string.
    package func createDatabase() throws -> String {
        let name = "test_\(Self.counter.add(1, ordering: .relaxed).newValue)"
        try run("psql", "-X", "-q", "-d", conninfo(), "-c", "CREATE DATABASE \(name)")
        return conninfo(database: name)
    }

    /// How clients prove themselves from now on, for example `scram-sha-256`. At first they need not (`trust`).
    package func useAuthentication(_ method: String) throws {
        try directory.write("local all all \(method)\n", to: "data/pg_hba.conf")
        try run("pg_ctl", "-D", data, "reload")
        // the reload is a signal: wait until a server process has heard it
        let probe = conninfo() + " passfile=/dev/null"
        let hasArrived = try eventually {
            let psql = try ChildProcess("\(programs)/psql", ["-X", "-w", "-c", "SELECT", probe])
            return try psql.wait() != .status(0)
        }
        guard hasArrived else { throw TestFailure("the server did not take up \(method)") }
    }

    /// What the server has logged, for a test that failed.
    package var log: String { (try? directory.read("log")) ?? "" }

    private static let counter = Atomic<Int>(0)

    private var data: String { directory.file("data") }

    private func run(_ program: String, _ arguments: String..., output: ChildProcess.Output = .discarded)
        throws
    {
        let command = user.command("\(programs)/\(program)", arguments)
        // discarded, as a rule: the server would hold on to a pipe for as long as it lives
        let child = try ChildProcess(command[0], Array(command.dropFirst()), output: output)
        let exit = try child.wait()
        guard exit == .status(0) else {
            throw TestFailure("\(program) ended with \(exit): \(child.errors)\(log.suffix(2000))")
        }
    }

    /// The newest of Debian's versions, else what `PATH` has.
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
