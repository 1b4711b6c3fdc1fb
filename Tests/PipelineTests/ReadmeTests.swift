import TestSupport
import Testing

/// The shell examples of the README run without an error.
struct ReadmeTests {
    @Test(.timeLimit(.minutes(10)))
    func everyExampleRuns() throws {
        let directory = try TemporaryDirectory()
        let products = try Executables.path("pm-filter").dropLast("/pm-filter".count)
        var ran = 0
        for block in try Self.examples() where !Self.needsBuildOrNetwork(block) {
            // Any free port, and no network: requests to the public APIs fail at once.
            let script = block.replacing("127.0.0.1:8787", with: "127.0.0.1:0").replacing(
                "--speed 1 ", with: ""
            ).replacing(
                "PATH=$PWD/.build/release:$PATH", with: "PATH=\(products):$PATH")
            let shell = try ChildProcess(
                "/bin/bash",
                ["-euo", "pipefail", "-c", "cd \(directory.path); PATH=\(products):$PATH\n" + script],
                environment: Chain.offline.mapValues { $0 })
            let exit = try shell.wait()
            // `head` exits early; the SIGPIPE of the programs before it is no failure.
            #expect(
                exit == .status(0) || (exit == .status(141) && block.contains("head")),
                "\(block)\n\(exit) \(shell.errors)")
            ran += 1
        }
        #expect(ran >= 6)
    }

    /// Returns the shell examples, in order. An empty line in a shell block separates two examples.
    private static func examples() throws -> [String] {
        let cat = try ChildProcess("/bin/cat", ["\(Executables.packageRoot)/README.md"])
        guard try cat.wait() == .status(0) else { throw TestFailure(cat.errors) }
        return cat.output.split(separator: "```sh\n").dropFirst().flatMap { part in
            part.prefix(upTo: part.firstRange(of: "```")?.lowerBound ?? part.endIndex)
                .split(separator: "\n\n").map(String.init)
        }
    }

    /// Returns true if an example builds the project, or connects to Polymarket.
    private static func needsBuildOrNetwork(_ block: String) -> Bool {
        block.contains("scripts/") || block.contains("--record frames") || block.contains("heard.ndjson")
    }
}
