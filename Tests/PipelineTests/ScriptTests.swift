import Glibc
import TestSupport
import Testing

/// `scripts/pipeline.sh`, against the simulated exchange.
struct ScriptTests {
    @Test(.timeLimit(.minutes(10)))
    func theDemoEndsByItselfAndPrintsASummary() throws {
        let directory = try TemporaryDirectory()
        let script = try Self.script(["demo"], in: directory)
        #expect(try script.wait(within: .seconds(120)) == .status(0), "\(script.errors)")
        let (kept, stored) = (Self.count("kept", in: script.output), Self.count("stored", in: script.output))
        #expect((kept ?? 0) > 0, "\(script.output) \(script.errors)")
        #expect(stored == kept)
        #expect(script.output.contains(directory.file("polymarket.db")))
    }

    /// Every trade in the journal is stored exactly once, although two stages are killed.
    @Test(.timeLimit(.minutes(10)))
    func aPipelineThatFailsIsRestartedAndLosesNothing() throws {
        let directory = try TemporaryDirectory()
        let exchange = try ChildProcess(
            Executables.path("pm-exchange"), ["--seed", "11", "--rate", "30", "--until-stdin-ends"],
            input: .pipe,
            output: .pipe)
        defer { exchange.kill(9) }
        let addresses = try exchange.line() ?? ""
        let script = try Self.script(
            ["run", "--", "--min-value", "0", "--max-price", "1"], in: directory,
            environment: [
                "PM_INGEST_URL": Self.address("rtds", in: addresses),
                "PM_GAMMA_URL": Self.address("gamma", in: addresses),
                "PM_DATA_URL": Self.address("data", in: addresses),
                "PM_CLOB_URL": Self.address("clob", in: addresses),
                "PM_ENRICH_DEADLINE": "1s",
            ])
        for stage in ["pm-store", "pm-enrich"] {
            let victim = try #require(Self.busy(stage, in: directory))
            kill(victim, SIGKILL)
            #expect(
                eventually { script.errors.contains("\(stage) ended with status 137") })
        }
        _ = try #require(Self.busy("pm-store", in: directory))
        script.kill(SIGTERM)
        #expect(try script.wait() == .status(0), "\(script.errors)")

        let written = try Self.output(
            "cat \(directory.file("journal"))/*.ndjson | jq -r 'select(.kind==\"trade\").id' | sort")
        let stored = try Self.output(
            "sqlite3 \(directory.file("polymarket.db")) 'select id from trades order by id'")
        #expect(written.split(separator: "\n").count > 50)
        #expect(stored == written)
    }

    @Test func anUnknownCommandPrintsTheUsage() throws {
        let script = try Self.script(["dance"], in: TemporaryDirectory())
        #expect(try script.wait() == .status(64))
        #expect(script.errors.contains("pipeline.sh demo"))
    }

    private static func script(
        _ arguments: [String], in directory: TemporaryDirectory, environment: [String: String] = [:]
    ) throws -> ChildProcess {
        let products = String(try Executables.path("pm-filter").dropLast("/pm-filter".count))
        let settings = ["PM_BIN": products, "PM_HOME": directory.path, "PM_LIVE": "127.0.0.1:0"]
        return try ChildProcess(
            "\(Executables.packageRoot)/scripts/pipeline.sh", arguments,
            environment: settings.merging(environment) { $1 }.mapValues { $0 })
    }

    /// Returns the number after a word of the demo's summary.
    private static func count(_ word: String, in summary: String) -> Int? {
        summary.split(separator: "\n").first { $0.contains("  \(word) ") }
            .flatMap { $0.split(separator: " ").lazy.compactMap { Int($0) }.first }
    }

    private static func address(_ name: String, in line: String) -> String {
        String(line.split(separator: #""\#(name)":""#).last?.split(separator: "\"").first ?? "")
    }

    /// Waits until a stage runs and has read lines, which a kill could lose. The status file of a killed process remains,
    /// so the process is checked, too.
    private static func busy(_ stage: String, in directory: TemporaryDirectory) -> pid_t? {
        var process: pid_t?
        _ = eventually {
            guard let status = try? status(stage, in: directory), let pid = status["pid"].map(pid_t.init),
                status["lines_in", default: 0] > 20, kill(pid, 0) == 0
            else { return false }
            process = pid
            return true
        }
        return process
    }

    /// Returns the integers of a status file.
    private static func status(_ stage: String, in directory: TemporaryDirectory) throws -> [String: Int] {
        var numbers: [String: Int] = [:]
        for part in try directory.read("status/\(stage).json").split(separator: ",") {
            let halves = part.split(separator: ":")
            if halves.count == 2, let number = Int(halves[1]) {
                numbers[halves[0].filter(\.isLetterOrLine)] = number
            }
        }
        return numbers
    }

    private static func output(_ command: String) throws -> String {
        let shell = try ChildProcess("/bin/bash", ["-c", "set -o pipefail; \(command)"])
        guard try shell.wait() == .status(0) else { throw TestFailure(shell.errors) }
        return shell.output
    }
}

extension Character {
    fileprivate var isLetterOrLine: Bool { isLetter || self == "_" }
}
