import Glibc
import TestSupport
import Testing

/// Commands of `scripts/pipeline.sh` that look at a run: top, why, check, and the comparison of thresholds.
struct InspectTests {
    private let directory = try! TemporaryDirectory()

    private func script(
        _ arguments: [String], environment: [String: String?] = [:]
    ) throws -> ChildProcess {
        let products = String(try Executables.path("pm-filter").dropLast("/pm-filter".count))
        let settings: [String: String?] = [
            "PM_BIN": products, "PM_HOME": directory.path, "PM_LIVE": "127.0.0.1:0",
        ]
        return try ChildProcess(
            "\(Executables.packageRoot)/scripts/pipeline.sh", arguments,
            environment: settings.merging(environment) { $1 })
    }

    private func environment(_ exchange: SimulatedExchange) -> [String: String?] {
        [
            "PM_INGEST_URL": exchange.url("rtds"), "PM_GAMMA_URL": exchange.url("gamma"),
            "PM_DATA_URL": exchange.url("data"), "PM_CLOB_URL": exchange.url("clob"),
            "PM_ENRICH_DEADLINE": "1s",
        ]
    }

    @Test(.timeLimit(.minutes(10)))
    func checkNamesEveryFaultWithASentence() throws {
        let exchange = try SimulatedExchange(["--seed", "3", "--rate", "1"])
        let good = try script(["check"], environment: environment(exchange))
        #expect(try good.wait() == .status(0), "\(good.output) \(good.errors)")
        #expect(good.output.contains("no fault was found"))
        // One fault of each kind. The exchange's own port is in use.
        let faulty = environment(exchange).merging([
            "PM_DATABSE": "sqlite:elsewhere.db", "PM_FILTER_MIN_VALUE": "lots", "PM_ALERT_REMEMBER": "1h",
            "PM_LIVE": "127.0.0.1:\(exchange.port)", "PM_DATA_URL": "http://127.0.0.1:9",
            "PM_DATABASE": "sqlite:/nowhere/at/all.db",
        ]) { $1 }
        let bad = try script(["check"], environment: faulty)
        #expect(try bad.wait() == .status(78), "\(bad.output) \(bad.errors)")
        for sentence in [
            "PM_DATABSE is not a setting; did you mean PM_DATABASE?",
            "PM_FILTER_MIN_VALUE is 'lots', which is not valid; for example: PM_FILTER_MIN_VALUE=",
            "PM_ALERT_REMEMBER=1h is less than a day more",
            "port \(exchange.port) is in use", "http://127.0.0.1:9 cannot be reached",
            "the database's folder /nowhere/at cannot be written", "6 faults",
        ] {
            #expect(bad.output.contains(sentence), "\(sentence)\n\(bad.output)")
        }
    }

    @Test(
        .enabled(if: Executables.installed("tmux") != nil, "tmux is not installed"), .timeLimit(.minutes(10)))
    func topIsRefreshedResizedAndLeft() throws {
        let exchange = try SimulatedExchange(["--seed", "14", "--rate", "40"])
        let run = try script(
            ["run", "--", "--min-value", "0", "--max-price", "1"], environment: environment(exchange))
        #expect(eventually { (try? directory.read("alerts.ndjson").contains("trade_id")) == true })

        let socket = directory.file("tmux")
        let top = "\(Executables.packageRoot)/scripts/pipeline.sh top; echo left; sleep 60"
        let products = try Executables.path("pm-filter").dropLast("/pm-filter".count)
        try tmux(
            socket, "new-session", "-d", "-x", "100", "-y", "30",
            "PM_BIN=\(products) PM_HOME=\(directory.path) bash -c '\(top)'")
        defer { _ = try? tmux(socket, "kill-server") }
        #expect(eventually { (try? screen(socket))?.contains("exchange to commit 0.") == true })
        let frame = try screen(socket)
        for part in ["pm-ingest", "pm-alert", "caches", "limiters", "errors", "gaps", "disk", "receiving"] {
            #expect(frame.contains(part), "\(frame)")
        }
        // Refreshed: the figures change.
        #expect(eventually { (try? screen(socket)) != frame })
        try tmux(socket, "resize-window", "-x", "60", "-y", "8")
        #expect(
            eventually {
                let lines = (try? screen(socket))?.split(separator: "\n") ?? []
                return lines.count <= 8 && lines.contains { $0.contains("pm-ingest") && $0.count <= 60 }
            })
        try tmux(socket, "send-keys", "q")
        #expect(eventually { (try? screen(socket))?.contains("left") == true })

        // The story of an alerted trade has each step.
        let id = try #require(
            directory.read("alerts.ndjson").split(separator: #""trade_id":""#).dropFirst().first?.prefix(32))
        let why = try script(["why", String(id)])
        #expect(try why.wait() == .status(0), "\(why.errors)")
        for step in [
            "made on the exchange", "journaled as line", "first stored", "decided",
            "pm-filter, with the present thresholds: ", "stored as revision",
        ] {
            #expect(why.output.contains(step), "\(step)\n\(why.output)")
        }
        run.kill(SIGTERM)
        #expect(try run.wait() == .status(0), "\(run.errors)")
        let unknown = try script(["why", String(repeating: "0", count: 32)])
        #expect(try unknown.wait() == .status(66))
    }

    /// Higher thresholds make a part of the alerts of lower ones.
    @Test(.timeLimit(.minutes(10)))
    func setsOfThresholdsAreCompared() throws {
        let recording = try ChildProcess(
            Executables.path("pm-exchange"),
            ["record", "--seed", "1", "--trades", "3000", "--format", "rows"])
        #expect(try recording.wait() == .status(0))
        let file = try directory.write(recording.output, to: "trades.jsonl")
        let low = try directory.write("PM_FILTER_MIN_VALUE=1000\n", to: "low.conf")
        let high = try directory.write("PM_FILTER_MIN_VALUE=50000\n", to: "high.conf")
        let svg = directory.file("alerts.svg")
        let replay = try script(["replay", file, "--rules", low, "--rules", high, "--svg", svg])
        #expect(try replay.wait() == .status(0), "\(replay.errors)")
        let all = try #require(replay.output.split(separator: "\n").first { $0.hasPrefix("all ") })
        let counts = all.split(separator: " ").compactMap { Int($0) }
        try #require(counts.count == 5)
        #expect(counts[0] > counts[1] && counts[1] > 0, "\(replay.output)")
        #expect(counts[2] == counts[1] && counts[3] == counts[0] - counts[1] && counts[4] == 0)
        #expect(replay.output.contains("by hour (UTC)") && replay.output.contains("by market"))
        let picture = try directory.read("alerts.svg")
        #expect(picture.hasPrefix("<svg ") && picture.contains("low.conf: \(counts[0]) alerts"))
        let missing = try script(["replay", directory.file("nothing.jsonl")])
        #expect(try missing.wait() == .status(66))
    }

    @discardableResult
    private func tmux(_ socket: String, _ arguments: String...) throws -> String {
        let tmux = try ChildProcess(
            Executables.installed("tmux") ?? "tmux", ["-f", "/dev/null", "-S", socket] + arguments,
            environment: ["TMUX": nil])
        guard try tmux.wait() == .status(0) else { throw TestFailure(tmux.errors) }
        return tmux.output
    }

    private func screen(_ socket: String) throws -> String { try tmux(socket, "capture-pane", "-p") }
}
