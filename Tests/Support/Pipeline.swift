import Glibc

/// Programs connected by real pipes, as in a shell: `a | b | c`.
package final class Pipeline: Sendable {
    package struct Command: Sendable {
        let executable: String
        let arguments: [String]
        let environment: [String: String?]

        package init(_ executable: String, _ arguments: [String] = [], environment: [String: String?] = [:]) {
            self.executable = executable
            self.arguments = arguments
            self.environment = environment
        }
    }

    /// The programs from head to tail. The head has the input, the tail the output, each has its own stderr.
    package let stages: [ChildProcess]

    /// - Precondition: There is at least one command.
    package init(
        _ commands: [Command], input: ChildProcess.Input = .none, output: ChildProcess.Output = .captured
    ) throws {
        precondition(!commands.isEmpty)
        var stages: [ChildProcess] = []
        var upstream: CInt?
        // No pipe stays open here: an open write end would keep its reader from seeing the end.
        defer { if let upstream { close(upstream) } }
        for (index, command) in commands.enumerated() {
            let pipe = index == commands.count - 1 ? nil : try makePipe()
            defer { if let pipe { close(pipe.writeEnd) } }
            let source = upstream
            defer { if let source { close(source) } }
            upstream = pipe?.readEnd
            stages.append(
                try ChildProcess(
                    command.executable, command.arguments, environment: command.environment,
                    input: source.map { .descriptor($0) } ?? input,
                    output: pipe.map { .descriptor($0.writeEnd) } ?? output))
        }
        self.stages = stages
    }

    package var head: ChildProcess { stages.first! }
    package var tail: ChildProcess { stages.last! }

    /// Waits for all programs and returns their exits from head to tail, like `PIPESTATUS`.
    @discardableResult
    package func wait(within limit: Duration = patience) throws -> [ChildProcess.Exit] {
        let deadline = ContinuousClock.now + limit
        return try stages.map { try $0.wait(within: max(deadline - .now, .zero)) }
    }

    /// The output of the tail so far.
    package var output: String { tail.output }

    /// The stderr of each program so far, from head to tail.
    package var errors: [String] { stages.map(\.errors) }
}
