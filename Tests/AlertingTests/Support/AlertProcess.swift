import Glibc
import PMJSON
import Synchronization
import TestSupport

/// A running pm-alert, with a directory for its database, secrets and status.
final class AlertProcess {
    let directory: TemporaryDirectory
    let process: ChildProcess

    static func database(_ directory: TemporaryDirectory) -> String { "sqlite:\(directory.file("pm.db"))" }

    /// Starts it with a pipe to its input. Every transaction is an alert of its own unless `--burst` is given, so that
    /// the trades of a test may be alike.
    init(
        _ arguments: [String] = [], in directory: TemporaryDirectory, environment: [String: String?] = [:]
    ) throws {
        self.directory = directory
        process = try ChildProcess(
            Executables.path("pm-alert"),
            ["--database", Self.database(directory), "--allow-private"] + arguments,
            environment: ["PM_ALERT_BURST": "0s"].merging(environment) { $1 }, input: .pipe)
    }

    /// Runs a subcommand to its end.
    @discardableResult
    static func run(
        _ subcommand: String, _ arguments: [String], in directory: TemporaryDirectory,
        usesDatabase: Bool = true
    ) throws -> ChildProcess {
        let location = usesDatabase ? ["--database", database(directory)] : []
        let process = try ChildProcess(Executables.path("pm-alert"), [subcommand] + location + arguments)
        try process.wait()
        return process
    }

    /// Adds a subscriber, with the address of a receiver in a file of mode 0600.
    static func subscribe(
        _ name: String, to url: String, as option: String, _ more: [String] = [],
        in directory: TemporaryDirectory
    ) throws {
        let file = try directory.write(url + "\n", to: "\(name)\(option).secret")
        chmod(file, 0o600)
        let done = try run("subscribe", ["--name", name, option, file] + more, in: directory)
        guard done.exit == .status(0) else { throw TestFailure(done.errors) }
    }

    /// The port of the live page, from the log.
    func livePort() throws -> Int {
        guard eventually({ process.errors.contains("live page at http://") }) else {
            throw TestFailure("no live page: \(process.errors)")
        }
        let line = process.errors.split(separator: "\n").first { $0.contains("live page at") }!
        return Int(line.split(separator: ":").last!.prefix { $0.isNumber })!
    }

    func finish() throws -> ChildProcess.Exit {
        process.closeInput()
        return try process.wait()
    }

    /// The alert records on standard output so far.
    var alerts: [JSON] {
        process.output.split(separator: "\n").compactMap { try? JSON(String($0)) }
    }
}

extension JSON {
    /// The first channel's outcome in an alert record.
    var outcome: String? { self["channels"]?.array?.first?["outcome"]?.string }
}

/// A flag that a test sets, and another thread reads.
final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    var isSet: Bool { value.load(ordering: .sequentiallyConsistent) }
    func set() { value.store(true, ordering: .sequentiallyConsistent) }
}

extension String {
    var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
