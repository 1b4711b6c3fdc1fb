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

    /// Every trade in the journal is stored exactly once, although each stage is killed. Only the death of pm-ingest costs
    /// its connection.
    @Test(.timeLimit(.minutes(10)))
    func aStageThatFailsIsRestartedAndNothingIsLost() throws {
        let directory = try TemporaryDirectory()
        let exchange = try SimulatedExchange(["--seed", "11", "--rate", "30"])
        let script = try Self.script(
            ["run", "--", "--min-value", "0", "--max-price", "1"], in: directory,
            environment: Self.environment(exchange))
        let head = try #require(Self.busy("pm-ingest", in: directory))
        for (count, stage) in ["pm-store", "pm-enrich", "pm-filter", "pm-alert", "pm-ingest"].enumerated() {
            #expect(eventually { script.errors.matches(of: /pm-ingest goes on/).count == count })
            #expect(kill(head, 0) == 0, "pm-ingest ended before \(stage) was killed")
            let victim = try #require(Self.busy(stage, in: directory))
            kill(victim, SIGKILL)
            #expect(
                eventually { script.errors.contains("\(stage) ended with status 137") }, "\(script.errors)")
        }
        let next = try #require(Self.busy("pm-ingest", in: directory))
        #expect(next != head)
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

    /// A script that is killed leaves stages behind; they stop, or the next run stops them.
    @Test(.timeLimit(.minutes(10)))
    func theNextRunTakesOverFromAKilledScript() throws {
        let directory = try TemporaryDirectory()
        let exchange = try SimulatedExchange(["--seed", "12", "--rate", "30"])
        let environment = Self.environment(exchange)
        let first = try Self.script(["run"], in: directory, environment: environment)
        let old = try ["pm-ingest", "pm-alert"].map { try #require(Self.busy($0, in: directory)) }
        first.kill(SIGKILL)
        let second = try Self.script(["run"], in: directory, environment: environment)
        #expect(eventually { old.allSatisfy { kill($0, 0) != 0 } })
        let new = try #require(Self.busy("pm-alert", in: directory))
        #expect(!old.contains(new))
        let stop = try Self.script(["stop"], in: directory)
        #expect(try stop.wait() == .status(0), "\(stop.errors)")
        #expect(try second.wait() == .status(0), "\(second.errors)")
        #expect(try Self.script(["stop"], in: directory).wait() == .status(69))
    }

    @Test(.timeLimit(.minutes(10)))
    func aTapHasEveryLineAndDisturbsNothing() throws {
        let directory = try TemporaryDirectory()
        let exchange = try SimulatedExchange(["--seed", "13", "--rate", "60"])
        let script = try Self.script(
            ["run", "--", "--min-value", "0", "--max-price", "1"], in: directory,
            environment: Self.environment(exchange))
        _ = try #require(Self.busy("pm-ingest", in: directory))
        let tap = try Self.script(
            ["tap", "pm-ingest", "select(.kind == \"trade\").seq"], in: directory)
        #expect(eventually { tap.output.split(separator: "\n").count > 60 })
        tap.kill(SIGTERM)
        let seen = tap.output.split(separator: "\n").dropLast().compactMap { Int($0) }
        // Every line of the journal between the first and the last that was seen.
        let bounds = try (#require(seen.first), #require(seen.last))
        let journaled = try Self.output(
            "cat \(directory.file("journal"))/*.ndjson | jq 'select(.kind == \"trade\").seq'"
        )
        .split(separator: "\n").compactMap { Int($0) }.filter { bounds.0...bounds.1 ~= $0 }
        #expect(seen == journaled)
        #expect(eventually { (try? Self.taps(in: directory)) == "" })
        script.kill(SIGTERM)
        #expect(try script.wait() == .status(0), "\(script.errors)")
    }

    private static func taps(in directory: TemporaryDirectory) throws -> String {
        try output("find \(directory.file("status")) -name '*.tap'")
    }

    /// READY=1 once every stage reports, the watchdog's signal while pm-ingest does, and STOPPING=1.
    @Test(
        .enabled(if: Executables.installed("systemd-notify") != nil, "systemd-notify is not installed"),
        .timeLimit(.minutes(10)))
    func theServiceManagerIsNotified() throws {
        let directory = try TemporaryDirectory()
        let exchange = try SimulatedExchange(["--seed", "15", "--rate", "30"])
        let manager = try ChildProcess(
            Executables.installed("python3") ?? "python3",
            [
                "-uc",
                """
                import socket, sys
                s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                s.bind(sys.argv[1])
                print("bound")
                while True: print(s.recv(4096).decode())
                """, directory.file("notify"),
            ])
        #expect(eventually { manager.output.contains("bound") })
        let script = try Self.script(
            ["run"], in: directory,
            environment: Self.environment(exchange).merging(["NOTIFY_SOCKET": directory.file("notify")]) {
                $1
            })
        #expect(eventually { manager.output.contains("READY=1") && manager.output.contains("WATCHDOG=1") })
        #expect(!manager.output.contains("STOPPING=1"))
        let old = try #require(Self.busy("pm-ingest", in: directory))
        #expect(try Self.script(["restart"], in: directory).wait() == .status(0))
        #expect(eventually { manager.output.matches(of: /READY=1/).count == 2 })
        #expect(manager.output.contains("RELOADING=1") && !manager.output.contains("STOPPING=1"))
        #expect(kill(old, 0) != 0)
        script.kill(SIGTERM)
        #expect(try script.wait() == .status(0), "\(script.errors)")
        #expect(eventually { manager.output.contains("STOPPING=1") })
    }

    @Test func aMisspeltSettingIsNamedOnce() throws {
        let directory = try TemporaryDirectory()
        let script = try Self.script(
            ["replay", "/dev/null"], in: directory, environment: ["PM_DATABSE": "sqlite:elsewhere.db"])
        #expect(try script.wait() == .status(0), "\(script.errors)")
        #expect(script.errors.matches(of: /did you mean PM_DATABASE\?/).count == 1)
    }

    @Test(arguments: [
        ("PM_FILTER_MIN_VALUE 5000", 78, ":1: 'PM_FILTER_MIN_VALUE 5000' is no setting; for example"),
        ("# a comment\nPM_FILTER_WHY=maybe", 64, "PM_FILTER_WHY is 'maybe', which is not valid; for example"),
    ])
    func anInvalidSettingsFileIsNamedWithAnExample(text: String, status: CInt, message: String) throws {
        let directory = try TemporaryDirectory()
        try directory.write(text + "\n", to: "pipeline.conf")
        let script = try Self.script(["replay", "/dev/null"], in: directory)
        #expect(try script.wait() == .status(status))
        #expect(script.errors.contains(message), "\(script.errors)")
    }

    /// An option takes precedence over the environment, and that over the file.
    @Test func settingsHaveAPrecedence() throws {
        let directory = try TemporaryDirectory()
        try directory.write("PM_HOME=\(directory.file("from-file"))\nPM_CONFIG_TEST=1\n", to: "settings")
        for (arguments, environment, expected): ([String], [String: String?], String) in [
            ([], ["PM_HOME": nil], "from-file"),
            ([], ["PM_HOME": directory.file("from-environment")], "from-environment"),
            (["--home", directory.file("from-option")], ["PM_HOME": "/nowhere"], "from-option"),
        ] {
            let script = try ChildProcess(
                "\(Executables.packageRoot)/scripts/pipeline.sh", ["status"] + arguments,
                environment: ["PM_CONFIG": directory.file("settings")].merging(environment) { $1 })
            #expect(try script.wait() == .status(69))
            #expect(script.errors.contains("\(directory.file(expected))/status"), "\(script.errors)")
        }
    }

    @Test func aMisspeltCommandIsGuessed() throws {
        let script = try Self.script(["staus"], in: TemporaryDirectory())
        #expect(try script.wait() == .status(64))
        #expect(script.errors.contains("did you mean status?"))
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

    private static func environment(_ exchange: SimulatedExchange) -> [String: String] {
        [
            "PM_INGEST_URL": exchange.url("rtds"), "PM_GAMMA_URL": exchange.url("gamma"),
            "PM_DATA_URL": exchange.url("data"), "PM_CLOB_URL": exchange.url("clob"),
            "PM_ENRICH_DEADLINE": "1s",
        ]
    }

    /// Returns the number after a word of the demo's summary.
    private static func count(_ word: String, in summary: String) -> Int? {
        summary.split(separator: "\n").first { $0.contains("  \(word) ") }
            .flatMap { $0.split(separator: " ").lazy.compactMap { Int($0) }.first }
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
