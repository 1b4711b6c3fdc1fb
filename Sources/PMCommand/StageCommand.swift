import ArgumentParser
import CBuild
import Glibc
import PMPipe

/// The project's version, as printed by `--version`, with the commit where the build was given one.
package let projectVersion: String = {
    let commit = String(cString: pm_build_commit())
    return "0.1.0" + (commit.isEmpty ? "" : " (\(commit))")
}()

extension ParsableArguments {
    /// Runs the body of a stage, and throws its exit status unless it is 0.
    ///
    /// - Throws: The `ExitCode` that ArgumentParser turns into the exit status of the process.
    package func run(
        logging log: StageLog, _ body: (StageProcess) throws(StageError) -> Void
    ) throws {
        let process = StageProcess(log)
        warnOfUnknownSettings(log)
        let status = process.run { () throws(StageError) in try body(process) }
        if status != .ok { throw ExitCode(status.rawValue) }
    }
}

/// Logs a warning for each variable of the environment whose name is nearly that of a setting of this program.
private func warnOfUnknownSettings(_ log: StageLog) {
    let own = Set(SettingName.shared + (SettingName.byStage[programName] ?? []))
    for (name, nearest) in SettingName.warnings(about: environmentNames()) {
        guard let nearest, own.contains(nearest) else { continue }
        log.warning("\(shown(name)) is not a setting and has no effect; did you mean \(nearest)?")
    }
}

/// Returns the names of all variables of the environment.
package func environmentNames() -> [String] {
    var names: [String] = []
    var entry = environ
    while let text = entry.pointee {
        names.append(String(String(cString: text).prefix { $0 != "=" }))
        entry += 1
    }
    return names
}

/// The section of a stage's help that lists its exit statuses.
package func exitStatusHelp(_ statuses: [(ExitStatus, String)]) -> String {
    "EXIT STATUS\n" + statuses.map { "  \($0.rawValue)\t\($1)" }.joined(separator: "\n")
}
