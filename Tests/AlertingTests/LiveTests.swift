import Glibc
import HTTP
import PMJSON
import TestSupport
import Testing
import WebSockets

struct LiveTests {
    private let directory = try! TemporaryDirectory()

    private func get(_ url: String, _ headers: HTTPHeaders = [:]) throws -> HTTPResponse {
        let client = HTTPClient()
        _ = client.start(HTTPRequest(.get, url, headers: headers))
        while true {
            if let completion = client.finished().first { return try completion.result.get() }
            _ = client.wait(upTo: .seconds(5))
        }
    }

    @Test(arguments: [
        ("/", "text/html; charset=utf-8"), ("/page.css", "text/css; charset=utf-8"),
        ("/main.js", "text/javascript; charset=utf-8"), ("/icon.svg", "image/svg+xml"),
    ])
    func thePagesFilesComeWithTheirTypesAndAreShutToOthers(path: String, type: String) throws {
        let stage = try AlertProcess(["--live", "127.0.0.1:0"], in: directory)
        let answer = try get("http://127.0.0.1:\(stage.livePort())\(path)")
        #expect(answer.status == 200)
        #expect(answer.headers["Content-Type"] == type)
        #expect(answer.headers["X-Content-Type-Options"] == "nosniff")
        #expect(answer.headers["Cache-Control"] == "no-store")
        #expect(
            answer.headers["Content-Security-Policy"]?.hasPrefix("default-src 'none'; script-src 'self'")
                == true)
        #expect(answer.body.count > 100)
    }

    @Test(
        arguments: [
            ([:], "/", 200), (["Host": "evil.example"], "/", 403), (["Host": "localhost"], "/", 200),
            (["Origin": "https://evil.example"], "/", 403), ([:], "/nothing", 404),
            ([:], "/../etc/passwd", 404),
            (["Host": "evil.example"], "/live", 403), ([:], "/live", 426),
        ] as [(HTTPHeaders, String, Int)])
    func strangersAreTurnedAway(headers: HTTPHeaders, path: String, status: Int) throws {
        let stage = try AlertProcess(["--live", "127.0.0.1:0"], in: directory)
        #expect(try get("http://127.0.0.1:\(stage.livePort())\(path)", headers).status == status)
    }

    @Test func aWebSocketFromAnotherSiteIsRefused() throws {
        let stage = try AlertProcess(["--live", "127.0.0.1:0"], in: directory)
        let port = try stage.livePort()
        for (origin, isWelcome) in [
            ("https://evil.example", false), ("http://127.0.0.1:\(port)", true), ("null", false),
        ] {
            let viewer = try Viewer(port: port, headers: [("Origin", origin)])
            #expect(viewer.isOpen == isWelcome, "\(origin)")
        }
    }

    @Test func aViewerIsToldOfEachRevisionAndOfTheAlert() throws {
        let stage = try AlertProcess(["--live", "127.0.0.1:0"], in: directory)
        let viewer = try Viewer(port: stage.livePort())
        let hello = try viewer.next("hello")
        #expect(hello["last"]?.integer == 0)
        let pending = TradeLine.make { $0.enrichment = "pending" }
        try stage.process.write(pending.line)
        #expect(try viewer.next("event")["record"]?["enrichment"]?.string == "pending")
        try stage.process.write(pending.enriched.line)
        #expect(try viewer.next("event")["record"]?["enrichment"]?.string == "enriched")
        let alert = try viewer.next("event")
        #expect(alert["record"]?["kind"]?.string == "alert")
        #expect(alert["n"]?.integer == 3)
        #expect(try viewer.next("health")["health"]?["stages"]?.array?.count == 1)
    }

    @Test func aViewerWhoComesBackGetsWhatItMissed() throws {
        let stage = try AlertProcess(["--live", "127.0.0.1:0"], in: directory)
        for number in 1...2500 {
            try stage.process.write(
                TradeLine.make {
                    $0.id = "\(number)"
                    $0.tier = nil
                }.line)
        }
        let port = try stage.livePort()
        let probe = try Viewer(port: port, after: 0)
        while try probe.next("event")["n"]?.integer != 2500 {}
        let viewer = try Viewer(port: port, after: 2400)
        let hello = try viewer.next("hello")
        #expect(hello["first"]?.integer == 501)
        #expect(hello["last"]?.integer == 2500)
        for number in 2401...2500 { #expect(try viewer.next("event")["n"]?.integer == number) }
    }

    @Test func healthAnswersForTheWholePipeline() throws {
        let stage = try AlertProcess(
            ["--live", "127.0.0.1:0", "--status-dir", directory.file("status")], in: directory)
        let port = try stage.livePort()
        try stage.process.write(TradeLine.make().line)
        #expect(try eventually { try get("http://127.0.0.1:\(port)/health").status == 200 })
        #expect(
            try eventually {
                String(decoding: try get("http://127.0.0.1:\(port)/metrics").body, as: UTF8.self)
                    .contains(#"pm_lines_in_total{stage="pm-alert"} 1"#)
            })
        try directory.write(
            #"{"stage":"pm-ingest","pid":999999,"started_at":"2026-11-22T10:00:00.000Z","uptime_s":1}"#,
            to: "status/pm-ingest.json")
        #expect(try eventually { try get("http://127.0.0.1:\(port)/health").status == 503 })
    }

    @Test func aSlowViewerIsToldWhatItMissedAndLetGo() throws {
        let stage = try AlertProcess(["--live", "127.0.0.1:0"], in: directory)
        let slow = try Viewer(port: stage.livePort(), isReading: false)
        let padding = String(repeating: "x", count: 4000)
        for number in 1...6000 {
            try stage.process.write(
                TradeLine.make {
                    $0.id = "\(number)"
                    $0.tier = nil
                    $0.title = padding
                }.line)
        }
        usleep(300_000)
        slow.startReading()
        let lagged = try slow.next("lagged", within: .seconds(20))
        #expect((lagged["missed"]?.integer ?? 0) > 0)
        #expect(
            eventually {
                slow.pump(); return !slow.isOpen
            })
    }
}

/// A viewer without a browser.
final class Viewer {
    private let loop: EventLoop
    private var connection: ClientConnection?
    private var messages: [JSON] = []
    private(set) var isOpen = false
    private var hasFailed = false

    init(port: Int, after: Int = 0, headers: [(String, String)] = [], isReading: Bool = true) throws {
        loop = try EventLoop()
        var options = ClientConnection.Options()
        options.headers = headers.map { (name: $0.0, value: $0.1) }
        connection = try loop.connect(to: WebSocketURL("ws://127.0.0.1:\(port)/live?after=\(after)"), options)
        {
            [unowned self] connection, event in
            switch event {
            case .opened:
                isOpen = true
                connection.isPaused = !isReading
            case .message(let message):
                if let json = try? JSON(message.text) { messages.append(json) }
            case .closed: isOpen = false
            case .failed: hasFailed = true
            }
        }
        try loop.run(upTo: .seconds(5)) { isOpen || hasFailed }
    }

    func startReading() { connection?.isPaused = false }

    func pump() { try? loop.serve(upTo: .milliseconds(10)) }

    /// The next message of that type; others before it are passed over.
    func next(_ type: String, within limit: Duration = .seconds(10)) throws -> JSON {
        var found: JSON?
        try loop.run(upTo: limit) {
            while found == nil, !messages.isEmpty {
                let message = messages.removeFirst()
                if message["type"]?.string == type { found = message }
            }
            return found != nil
        }
        guard let found else { throw TestFailure("no message of type \(type) came") }
        return found
    }
}
