import DatabaseFixtures
import TestSupport

/// pm-store as a process, on a real database.
extension TestDatabase {
    func start(
        _ arguments: [String] = [], environment: [String: String?] = [:], input: ChildProcess.Input,
        output: ChildProcess.Output = .captured
    ) throws -> ChildProcess {
        try ChildProcess(
            Executables.path("pm-store"), ["--database", url] + arguments, environment: environment,
            input: input, output: output)
    }
}

extension [String] {
    var asLines: String { map { $0 + "\n" }.joined() }
}
