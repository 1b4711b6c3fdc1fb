import Foundation
import PMJSON
import TestSupport
import Testing

/// All five stages with the simulated exchange, observed from outside: the page, `/health`, `/metrics`.
struct WatchedChainTests {
    private let directory = try! TemporaryDirectory()

    @Test(.timeLimit(.minutes(10)))
    func tradesReachThePageAndEveryFigureIsThere() throws {
        let exchange = try SimulatedExchange(["--seed", "5", "--rate", "60"])
        let port = try freePort()
        let watch = try ChildProcess(
            Executables.path("pm-stopwatch"),
            [
                "--rtds", exchange.url("rtds"), "--live", "ws://127.0.0.1:\(port)/live", "--duration", "6s",
            ])
        let chain = try chain(exchange, port: port)

        #expect(try watch.wait(within: .seconds(100)) == .status(0), "\(watch.errors) \(chain.errors)")
        print(watch.output)
        #expect(watch.output.contains("frame at the socket to the page: p50"))

        let health = try JSON(PlainHTTP.request(port: port, "/health").body)
        #expect(["ok", "degraded"].contains(health["status"]?.string), "\(health)")
        let stages = health["stages"]?.array ?? []
        #expect(stages.map { $0["state"]?.string } == Array(repeating: "ok", count: 5))
        // A live run has marks, from which the lag of each stage is computed.
        #expect(stages.allSatisfy { $0["lag_s"]?.double != nil }, "\(health)")
        #expect(health["feed"]?["shown_after_s"]?.double != nil)

        let metrics = try PlainHTTP.request(port: port, "/metrics").text
        try expectRulesAndDashboardUseOnly(names(in: metrics))
        try expectPrometheusAccepts(metrics)

        chain.head.kill(SIGINT)
        let ends = try chain.wait()
        #expect(ends.allSatisfy { $0 == .status(0) }, "\(ends) \(chain.errors)")
    }

    @Test func theDashboardHasAPositionForEachPanel() throws {
        let panels = try JSON(monitoring("grafana-dashboard.json"))["panels"]?.array ?? []
        #expect(panels.count > 10)
        #expect(Set(panels.map { $0["id"]?.integer }).count == panels.count)
        #expect(
            Set(panels.map { "\($0["gridPos"]?["x"]?.integer ?? -1) \($0["gridPos"]?["y"]?.integer ?? -1)" })
                .count
                == panels.count)
    }

    @Test(.enabled(if: Executables.installed("promtool") != nil, "promtool is not installed"))
    func theRulesFireWhenTheyShould() throws {
        let folder = "\(Executables.packageRoot)/monitoring"
        for arguments in [
            ["check", "rules", "\(folder)/prometheus-rules.yml"],
            ["test", "rules", "\(folder)/prometheus-rules.test.yml"],
        ] {
            let tool = try ChildProcess(try #require(Executables.installed("promtool")), arguments)
            #expect(try tool.wait() == .status(0), "\(tool.output) \(tool.errors)")
        }
    }

    private func chain(_ exchange: SimulatedExchange, port: Int) throws -> Pipeline {
        let environment = [
            "PM_INGEST_URL": exchange.url("rtds"), "PM_GAMMA_URL": exchange.url("gamma"),
            "PM_DATA_URL": exchange.url("data"), "PM_CLOB_URL": exchange.url("clob"),
            "PM_STATUS_DIR": directory.file("status"), "PM_DATABASE": "sqlite:\(directory.file("t.db"))",
        ]
        return try Pipeline([
            Chain.stage("pm-ingest", ["--journal", directory.file("journal")], environment: environment),
            Chain.stage("pm-filter", ["--min-value", "100"], environment: environment),
            Chain.stage("pm-enrich", ["--deadline", "3s"], environment: environment),
            Chain.stage("pm-store", environment: environment),
            Chain.stage("pm-alert", ["--live", "127.0.0.1:\(port)"], environment: environment),
        ])
    }

    private func monitoring(_ file: String) throws -> String {
        try String(contentsOfFile: "\(Executables.packageRoot)/monitoring/\(file)", encoding: .utf8)
    }

    private func names(in metrics: String) -> Set<String> {
        Set(
            metrics.split(separator: "\n").filter { !$0.hasPrefix("#") }.map {
                String($0.prefix { $0 != "{" && $0 != " " })
            })
    }

    private func expectRulesAndDashboardUseOnly(_ offered: Set<String>) throws {
        for file in ["prometheus-rules.yml", "prometheus-rules.test.yml", "grafana-dashboard.json"] {
            let asked = Set(try monitoring(file).matches(of: /\bpm_[a-z_]+/).map { String($0.output) })
            #expect(asked.count >= 4)
            #expect(asked.subtracting(offered).isEmpty, "\(file): \(asked.subtracting(offered).sorted())")
        }
    }

    /// Expects each line to be valid in Prometheus' text format, and each name to have its type before its samples.
    ///
    /// Source: Prometheus' documentation, "Exposition formats".
    private func expectPrometheusAccepts(_ metrics: String) throws {
        let sample =
            /([a-zA-Z_:][a-zA-Z0-9_:]*)(\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\.)*",?)*\})? -?[0-9.]+(e[-+]?[0-9]+)?/
        var typed: Set<String> = []
        for line in metrics.split(separator: "\n") {
            let words = line.split(separator: " ")
            if line.hasPrefix("# TYPE ") {
                #expect(typed.insert(String(words[2])).inserted, "\(line)")
            } else if !line.hasPrefix("#") {
                let name = try #require(line.wholeMatch(of: sample)?.output.1, "\(line)")
                let family = name.replacing(/_(bucket|sum|count)$/, with: "")
                #expect(typed.contains(String(name)) || typed.contains(String(family)), "\(line)")
            }
        }
        let promtool = "/usr/bin/promtool"
        guard access(promtool, X_OK) == 0 else {
            return print("promtool (Debian's package prometheus) is missing: the metrics are not linted")
        }
        let lint = try ChildProcess(promtool, ["check", "metrics"], input: .text(metrics))
        #expect(try lint.wait() == .status(0), "\(lint.output)\(lint.errors)")
    }

    /// Returns a port without a listener. Ephemeral ports, which Linux gives to any program, begin at 32,768.
    private func freePort() throws -> Int {
        for _ in 0..<100 {
            let port = Int.random(in: 20_000..<30_000)
            if try canBind(port) { return port }
        }
        throw TestFailure("no free port was found")
    }

    private func canBind(_ port: Int) throws -> Bool {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw TestFailure.unable(to: "make a socket") }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
