import ArgumentParser
import PMPipe

/// The project's version, as printed by `--version`.
package let projectVersion = "0.1.0"

extension ParsableArguments {
    /// Runs the body of a stage, and throws its exit status unless it is 0.
    ///
    /// - Throws: The `ExitCode` that ArgumentParser turns into the exit status of the process.
    package func run(
        logging log: StageLog, _ body: (StageProcess) throws(StageError) -> Void
    ) throws {
        let process = StageProcess(log)
        let status = process.run { () throws(StageError) in try body(process) }
        if status != .ok { throw ExitCode(status.rawValue) }
    }
}

/// The section of a stage's help that lists its exit statuses.
package func exitStatusHelp(_ statuses: [(ExitStatus, String)]) -> String {
    "EXIT STATUS\n" + statuses.map { "  \($0.rawValue)\t\($1)" }.joined(separator: "\n")
}
