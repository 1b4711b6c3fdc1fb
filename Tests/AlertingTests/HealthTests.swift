import PMJSON
import PMRecord
import TestSupport
import Testing

/// What `GET /health` says of a pipeline, by the status files that its stages leave.
struct HealthTests {
    private let directory = try! TemporaryDirectory()

    /// How a stage is, as its file has it: process 1 always lives, and this one never does.
    enum Plight {
        case working, ended, killed, hanging, ofYesterday
    }

    private func leave(_ stage: String, _ plight: Plight) throws {
        let now = Timestamp.now()
        let (pid, began, ended): (Int, Duration, Bool) =
            switch plight {
            case .working: (1, .zero, false)
            case .ended: (999_999, .zero, true)
            case .killed: (999_999, .zero, false)
            case .hanging: (1, .seconds(-30), false)
            case .ofYesterday: (999_999, .seconds(-86_400), false)
            }
        let end = ended ? #","ended_at":"\#(now)""# : ""
        try directory.write(
            #"{"stage":"\#(stage)","pid":\#(pid),"started_at":"\#(now)","written_at":"\#(now.advanced(by: began))""#
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
            // A finished replay: the head first, then whoever has drained.
            ([.ended, .working], 200, "ended", ["ended", "ok"]),
            ([.ended, .ended], 200, "ended", ["ended", "ended"]),
            // Who leaves before its input does has failed, whatever it says.
            ([.working, .ended], 503, "down", ["ok", "gone"]),
            ([.working, .killed], 503, "down", ["ok", "gone"]),
            ([.killed, .working], 503, "down", ["gone", "ok"]),
            ([.ended, .killed], 503, "down", ["ended", "gone"]),
            ([.working, .hanging], 503, "down", ["ok", "stale"]),
            // What another run has left here is nobody's fault.
            ([.working, .ofYesterday], 200, "ok", ["ok"]),
        ] as [([Plight], Int, String, [String])])
    func anEndIsToldFromADeath(
        _ plights: [Plight], status: Int, verdict: String, states: [String]
    ) throws {
        let (stage, port) = try serve(["pm-alert"])
        #expect(
            try eventually {
                for (name, plight) in zip(["pm-ingest", "pm-store"], plights) { try leave(name, plight) }
                let (code, report) = try health(port)
                let found = report["stages"]?.array?.dropLast().compactMap { $0["state"]?.string }
                return code == status && report["status"]?.string == verdict && found == states
            }, "\(String(describing: try? health(port)))")
        withExtendedLifetime(stage) {}
    }

    @Test func aStageThatEndsSaysSoAndOneThatIsKilledCannot() throws {
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
        #expect(try victim.wait() == .signal(9), "and is no zombie, which would count as alive")
        #expect(try eventually { try health(port).status == 503 })
        withExtendedLifetime(stage) {}
    }

    @Test func aStageThatNeverBeganIsGone() throws {
        let (stage, port) = try serve(["pm-ingest", "pm-store", "pm-alert"])
        try leave("pm-ingest", .working)
        #expect(
            try eventually {
                try leave("pm-ingest", .working)
                let (code, report) = try health(port)
                let states = report["stages"]?.array?.map {
                    "\($0["stage"]?.string ?? "") \($0["state"]?.string ?? "")"
                }
                return code == 503 && states == ["pm-ingest ok", "pm-store gone", "pm-alert ok"]
            }, "\(String(describing: try? health(port)))")
        withExtendedLifetime(stage) {}
    }

    /// A clock that was set right while the stages ran: when each began says nothing any more.
    @Test func aStepOfTheClockIsNoHang() throws {
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

    @Test func aNewcomerIsToldAtOnce() throws {
        let (stage, port) = try serve()
        #expect(eventually { stage.alerts.count == 1 })
        let viewer = try Viewer(port: port)
        // Before the trades that have been: the next telling to all may be five seconds away.
        #expect(try viewer.next()["type"]?.string == "hello")
        #expect(try viewer.next()["health"]?["status"]?.string == "ok")
        #expect(try viewer.next()["type"]?.string == "event")
        withExtendedLifetime(stage) {}
    }

    @Test func itSaysHowLongATradeTakesToBeShown() throws {
        let (stage, port) = try serve()
        #expect(try health(port).1["feed"]?["shown_after_s"] == nil)
        let heard = Timestamp.now().advanced(by: .milliseconds(-40)).description
        try stage.process.write(TradeLine.make { ($0.via, $0.time, $0.id) = ("live", heard, "2") }.line)
        #expect(
            try eventually {
                let delay = try health(port).1["feed"]?["shown_after_s"]?.double ?? 0
                return delay >= 0.04 && delay < 30
            })
        let metrics = try PlainHTTP.request(port: port, "/metrics").text
        #expect(
            metrics.contains(#"pm_live_delay_seconds{quantile="0.99"} 0"#)
                || metrics.contains("pm_live_delay"))
    }
}
