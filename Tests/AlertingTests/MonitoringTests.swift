import Foundation
import HTTP
import PMJSON
import TestSupport
import Testing

/// What the rules and the dashboard ask for is what `GET /metrics` offers.
struct MonitoringTests {
    private let directory = try! TemporaryDirectory()

    @Test func rulesAndDashboardAskForMetricsThatThereAre() throws {
        let offered = try metrics()
        for file in ["prometheus-rules.yml", "grafana-dashboard.json"] {
            let text = try String(
                contentsOfFile: "\(Executables.packageRoot)/monitoring/\(file)", encoding: .utf8)
            let asked = Set(text.matches(of: /\bpm_[a-z_]+/).map { String($0.output) })
            #expect(asked.count > 5)
            #expect(asked.subtracting(offered).isEmpty, "\(file): \(asked.subtracting(offered).sorted())")
        }
    }

    @Test func theDashboardIsJSON() throws {
        let text = try String(
            contentsOfFile: "\(Executables.packageRoot)/monitoring/grafana-dashboard.json", encoding: .utf8)
        #expect(try JSON(text)["panels"]?.array?.isEmpty == false)
    }

    /// The names that a pipeline of two stages offers.
    private func metrics() throws -> Set<String> {
        let stage = try AlertProcess(
            ["--live", "127.0.0.1:0", "--status-dir", directory.file("status")], in: directory)
        let port = try stage.livePort()
        #expect(eventually { (try? directory.read("status/pm-alert.json")) != nil })
        try directory.write(
            """
            {"stage":"pm-ingest","pid":1,"started_at":"2026-11-22T10:00:00.000Z","uptime_s":1,"lines_in":1,
            "last_mark":7,"last_input_at":"2026-11-22T10:00:00.000Z","dropped":{"duplicate":1}}
            """, to: "status/pm-ingest.json")
        let client = HTTPClient()
        usleep(600_000)
        _ = client.start(HTTPRequest(.get, "http://127.0.0.1:\(port)/metrics"))
        while true {
            if let completion = client.finished().first {
                let text = String(decoding: try completion.result.get().body, as: UTF8.self)
                return Set(
                    text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map {
                        String($0.prefix { $0 != "{" && $0 != " " })
                    })
            }
            _ = client.wait(upTo: .seconds(5))
        }
    }
}
