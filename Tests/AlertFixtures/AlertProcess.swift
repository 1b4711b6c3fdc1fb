import Glibc
import PMJSON
import TestSupport

/// A running pm-alert, with a directory for its database, secrets and status.
package final class AlertProcess {
    package let directory: TemporaryDirectory
    package let process: ChildProcess

    package static func database(_ directory: TemporaryDirectory) -> String {
        "sqlite:\(directory.file("pm.db"))"
    }

    /// Starts it with a pipe to its input. Every transaction is an alert of its own unless `--burst` is given, so that
    /// the trades of a test may be alike.
    package init(
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
    package static func run(
        _ subcommand: String, _ arguments: [String], in directory: TemporaryDirectory,
        usesDatabase: Bool = true, environment: [String: String?] = [:]
    ) throws -> ChildProcess {
        let location = usesDatabase ? ["--database", database(directory)] : []
        let process = try ChildProcess(
            Executables.path("pm-alert"), [subcommand] + location + arguments,
            environment: ["PM_ALERT_ALLOW_PRIVATE": "1"].merging(environment) { $1 })
        try process.wait()
        return process
    }

    /// Adds a subscriber, with the address of a receiver in a file of mode 0600.
    package static func subscribe(
        _ name: String, to url: String, as option: String, _ more: [String] = [],
        in directory: TemporaryDirectory
    ) throws {
        let file = try directory.write(url + "\n", to: "\(name)\(option).secret")
        chmod(file, 0o600)
        let done = try run("subscribe", ["--name", name, option, file] + more, in: directory)
        guard done.exit == .status(0) else { throw TestFailure(done.errors) }
    }

    /// The port of the live page, from the log.
    package func livePort() throws -> Int {
        guard eventually({ process.errors.contains("live page at http://") }) else {
            throw TestFailure("no live page: \(process.errors)")
        }
        let line = process.errors.split(separator: "\n").first { $0.contains("live page at") }!
        return Int(line.split(separator: ":").last!.prefix { $0.isNumber })!
    }

    package func finish() throws -> ChildProcess.Exit {
        process.closeInput()
        return try process.wait()
    }

    /// The alert records on standard output so far.
    package var alerts: [JSON] {
        process.output.split(separator: "\n").compactMap { try? JSON(String($0)) }
    }
}

extension JSON {
    /// The first channel's outcome in an alert record.
    package var outcome: String? { self["channels"]?.array?.first?["outcome"]?.string }
}

extension String {
    package var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
