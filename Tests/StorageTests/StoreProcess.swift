import DatabaseFixtures
import TestSupport

/// pm-store as a process, on a real database.
extension TestDatabase {
    /// - Parameter url: Another way to the database than its own.
    func start(
        _ arguments: [String] = [], at url: String? = nil, environment: [String: String?] = [:],
        input: ChildProcess.Input, output: ChildProcess.Output = .captured
    ) throws -> ChildProcess {
        try ChildProcess(
            Executables.path("pm-store"), ["--database", url ?? self.url] + arguments,
            environment: environment, input: input, output: output)
    }
}

extension [String] {
    var asLines: String { map { $0 + "\n" }.joined() }
}
