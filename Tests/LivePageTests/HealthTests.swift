import AlertFixtures
import PMJSON
import PMRecord
import TestSupport
import Testing

/// `GET /health`, derived from the status files of the stages.
struct HealthTests {
    private let directory = try! TemporaryDirectory()

    /// The state of a stage that a status file describes. Process 1 is always alive, 999,999 never.
    enum Condition {
        case working, ended, killed, hanging, fromYesterday
    }

    private func writeStatus(of stage: String, _ condition: Condition) throws {
        let now = Timestamp.now()
        let (pid, age, ended): (Int, Duration, Bool) =
            switch condition {
            case .working: (1, .zero, false)
            case .ended: (999_999, .zero, true)
            case .killed: (999_999, .zero, false)
            case .hanging: (1, .seconds(-30), false)
            case .fromYesterday: (999_999, .seconds(-86_400), false)
            }
        let end = ended ? #","ended_at":"\#(now)""# : ""
        try directory.write(
            #"{"stage":"\#(stage)","pid":\#(pid),"started_at":"\#(now)","written_at":"\#(now.advanced(by: age))""#
                + #","lines_in":7,"lines_out":7,"last_input_at":"\#(now)"\#(end)}"#,
            to: "status/\(stage).json")
    }

    private func serve(_ stages: [String] = ["pm-filter", "pm-alert"]) throws -> (AlertProcess, port: Int) {
        let stage = try AlertProcess(
            [
                "--live", "127.0.0.1:0", "--status-dir", directory.file("status"), "--stages",
                stages.joined(separator: ","),
            ], in: directory)
        let port = try stage.livePort()
        try stage.process.write(TradeLine.make().line)
        #expect(
            eventually { (try? directory.read("status/pm-alert.json").contains(#""lines_in":1"#)) == true })
        return (stage, port)
    }

    private func health(_ port: Int) throws -> (status: Int, JSON) {
        let answer = try PlainHTTP.request(port: port, "/health")
        return (answer.status, try JSON(answer.body))
    }

    @Test(
        arguments: [
            ([.working, .working], 200, "ok", ["ok", "ok"]),
            // A finished replay: the head ends first, then each stage that has drained.
            ([.ended, .working], 200, "ended", ["ended", "ok"]),
            ([.ended, .ended], 200, "ended", ["ended", "ended"]),
            // A stage that ends before its input has failed, whatever its status file says.
            ([.working, .ended], 503, "down", ["ok", "gone"]),
            ([.working, .killed], 503, "down", ["ok", "gone"]),
            ([.killed, .working], 503, "down", ["gone", "ok"]),
            ([.ended, .killed], 503, "down", ["ended", "gone"]),
            ([.working, .hanging], 503, "down", ["ok", "stale"]),
            // Files of an earlier run are ignored.
            ([.working, .fromYesterday], 200, "ok", ["ok"]),
        ] as [([Condition], Int, String, [String])])
    func anEndDiffersFromACrash(
        _ conditions: [Condition], status: Int, pipeline: String, states: [String]
    ) throws {
        let (stage, port) = try serve(["pm-alert"])
        #expect(
            try eventually {
                for (name, condition) in zip(["pm-ingest", "pm-store"], conditions) {
                    try writeStatus(of: name, condition)
                }
                let (code, report) = try health(port)
                let found = report["stages"]?.array?.dropLast().compactMap { $0["state"]?.string }
                return code == status && report["status"]?.string == pipeline && found == states
            }, "\(String(describing: try? health(port)))")
        withExtendedLifetime(stage) {}
    }

    @Test func aStageThatEndsIsHealthyAndAKilledOneIsNot() throws {
        let filter = try ChildProcess(
            Executables.path("pm-filter"), ["--status-dir", directory.file("status")], input: .pipe)
        #expect(eventually { (try? directory.read("status/pm-filter.json")) != nil })
        let (stage, port) = try serve()
        #expect(try eventually { try health(port).status == 200 })
        filter.closeInput()
        #expect(try filter.wait() == .status(0))
        #expect(try eventually { try health(port).1["status"]?.string == "ended" })

        let victim = try ChildProcess(
            Executables.path("pm-filter"), ["--status-dir", directory.file("status")], input: .pipe)
        #expect(try eventually { try health(port).1["status"]?.string == "ok" })
        victim.kill(9)
        #expect(try victim.wait() == .signal(9), "a zombie would count as alive")
        #expect(try eventually { try health(port).status == 503 })
        withExtendedLifetime(stage) {}
    }

    @Test func aStageThatNeverStartedIsGone() throws {
        let (stage, port) = try serve(["pm-ingest", "pm-store", "pm-alert"])
        try writeStatus(of: "pm-ingest", .working)
        #expect(
            try eventually {
                try writeStatus(of: "pm-ingest", .working)
                let (code, report) = try health(port)
                let states = report["stages"]?.array?.map {
                    "\($0["stage"]?.string ?? "") \($0["state"]?.string ?? "")"
                }
                return code == 503 && states == ["pm-ingest ok", "pm-store gone", "pm-alert ok"]
            }, "\(String(describing: try? health(port)))")
        withExtendedLifetime(stage) {}
    }

    /// A clock that is corrected while the stages run makes their start times meaningless.
    @Test func aClockStepIsNotAHang() throws {
        let (stage, port) = try serve()
        let now = Timestamp.now()
        try directory.write(
            #"{"stage":"pm-filter","pid":1,"started_at":"\#(now.advanced(by: .seconds(-3600)))","uptime_s":3"#
                + #","written_at":"\#(now)","lines_in":7,"lines_out":7,"last_input_at":"\#(now)"}"#,
            to: "status/pm-filter.json")
        #expect(try eventually { try health(port).1["stages"]?.array?.count == 2 })
        #expect(try health(port).status == 200)
        withExtendedLifetime(stage) {}
    }

    @Test func aNewViewerGetsHealthAtOnce() throws {
        let (stage, port) = try serve()
        #expect(eventually { stage.alerts.count == 1 })
        let viewer = try Viewer(port: port)
        // Before earlier trades: the next health message to all viewers may be five seconds away.
        #expect(try viewer.next()["type"]?.string == "hello")
        #expect(try viewer.next()["health"]?["status"]?.string == "ok")
        #expect(try viewer.next()["type"]?.string == "event")
        withExtendedLifetime(stage) {}
    }

    @Test func eachFigureOfAStageIsAMetric() throws {
        let (stage, port) = try serve(["pm-ingest", "pm-alert"])
        let now = Timestamp.now()
        try directory.write(
            #"{"stage":"pm-ingest","pid":1,"started_at":"\#(now)","written_at":"\#(now)","polling":true,"polled":7,"#
                + #""schema_drift":{"data/v2/trades":{"unknown":3,"missing":0}},"odd_members":{"name":2}}"#,
            to: "status/pm-ingest.json")
        var metrics = ""
        let expected = [
            "pm_ingest_polling 1", "pm_ingest_polled_total 7", #"pm_ingest_odd_members_total{name="name"} 2"#,
            #"pm_ingest_schema_drift_unknown_total{name="data/v2/trades"} 3"#,
        ]
        let hasAll = try eventually {
            metrics = try PlainHTTP.request(port: port, "/metrics").text
            let lines = Set(metrics.split(separator: "\n").map(String.init))
            return lines.isSuperset(of: expected)
        }
        #expect(hasAll, "\(metrics)")
        withExtendedLifetime(stage) {}
    }

    @Test func displayLatencyIsReported() throws {
        let (stage, port) = try serve()
        #expect(try health(port).1["feed"]?["shown_after_s"] == nil)
        let receivedAt = Timestamp.now().advanced(by: .milliseconds(-40)).description
        try stage.process.write(TradeLine.make { ($0.via, $0.time, $0.id) = ("live", receivedAt, "2") }.line)
        #expect(
            try eventually {
                let delay = try health(port).1["feed"]?["shown_after_s"]?.double ?? 0
                return delay >= 0.04 && delay < 30
            })
        let metrics = try PlainHTTP.request(port: port, "/metrics").text
        #expect(metrics.contains(#"pm_live_delay_seconds_bucket{le="30"} 1"#))
        #expect(metrics.contains("pm_live_delay_seconds_count 1\n"))
    }
}
