import DatabaseFixtures
import TestSupport

/// pm-store as a process, on a real database.
extension TestDatabase {
    /// Starts pm-store.
    ///
    /// - Parameter url: The value for `--database`. The default is this database's own.
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

/// Returns a number of a status file; `nil` when it is missing.
func figure(_ name: String, in status: String) -> Int? {
    status.firstMatch(of: try! Regex("\"\(name)\":([0-9]+)", as: (Substring, Substring).self))
        .flatMap { Int($0.1) }
}
