import AlertFixtures
import Glibc
import Curl
import PMJSON
import TestSupport
import Testing

/// The HTTP server of the live page, and the events that its viewers get.
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
        ("/page.js", "text/javascript; charset=utf-8"), ("/icon.svg", "image/svg+xml"),
        ("/worker.js", "text/javascript; charset=utf-8"), ("/icon.png", "image/png"),
        ("/manifest.webmanifest", "application/manifest+json"),
    ])
    func filesHaveTheirTypeAndSecurityHeaders(path: String, type: String) throws {
        let stage = try AlertProcess(["--live", "127.0.0.1:0"], in: directory)
        let answer = try get("http://127.0.0.1:\(stage.livePort())\(path)")
        #expect(answer.status == 200)
        #expect(answer.headers["Content-Type"] == type)
        #expect(answer.headers["X-Content-Type-Options"] == "nosniff")
        #expect(answer.headers["Cache-Control"] == "private, no-cache")
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
    func requestsForOtherHostsAndOriginsAreRejected(headers: HTTPHeaders, path: String, status: Int) throws {
        let stage = try AlertProcess(["--live", "127.0.0.1:0"], in: directory)
        #expect(try get("http://127.0.0.1:\(stage.livePort())\(path)", headers).status == status)
    }

    @Test func aWebSocketFromAnotherSiteIsRejected() throws {
        let stage = try AlertProcess(["--live", "127.0.0.1:0"], in: directory)
        let port = try stage.livePort()
        for (origin, isAccepted) in [
            ("https://evil.example", false), ("http://127.0.0.1:\(port)", true), ("null", false),
        ] {
            let viewer = try Viewer(port: port, headers: [("Origin", origin)])
            #expect(viewer.isOpen == isAccepted, "\(origin)")
        }
    }

    @Test func aViewerGetsEachRevisionAndTheAlert() throws {
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

    @Test func aReconnectedViewerGetsTheEventsItMissed() throws {
        let stage = try AlertProcess(["--live", "127.0.0.1:0"], in: directory)
        let last = 10_500
        for number in 1...last {
            try stage.process.write(
                TradeLine.make {
                    $0.id = "\(number)"
                    $0.tier = nil
                }.line)
        }
        let port = try stage.livePort()
        let probe = try Viewer(port: port, after: 0)
        while try probe.next("event")["n"]?.integer != last {}
        let viewer = try Viewer(port: port, after: last - 100)
        let hello = try viewer.next("hello")
        #expect(hello["first"]?.integer == 501)
        #expect(hello["last"]?.integer == last)
        for number in last - 99...last { #expect(try viewer.next("event")["n"]?.integer == number) }
    }

    @Test func aNewViewerGetsOnlyTheLastRevision() throws {
        let stage = try AlertProcess(["--live", "127.0.0.1:0"], in: directory)
        let port = try stage.livePort()
        let watching = try Viewer(port: port)
        for number in 1...3 {
            var trade = TradeLine.make { ($0.id, $0.tier, $0.enrichment) = ("\(number)", nil, "pending") }
            try stage.process.write(trade.line)
            #expect(try watching.next("event")["record"]?["enrichment"]?.string == "pending")
            trade.revision = 0
            try stage.process.write(trade.enriched.line)
            #expect(try watching.next("event")["record"]?["enrichment"]?.string == "enriched")
        }
        let newViewer = try Viewer(port: port)
        for number in [2, 4, 6] { #expect(try newViewer.next("event")["n"]?.integer == number) }
    }

    @Test func aSlowViewerGetsTheNumberOfLostEventsAndIsDisconnected() throws {
        let stage = try AlertProcess(["--live", "127.0.0.1:0"], in: directory)
        let slow = try Viewer(port: stage.livePort(), isReading: false)
        // More bytes than the buffer and the sockets hold, in few lines: a busy machine writes them before the heartbeat
        // ends the idle connection.
        let padding = String(repeating: "x", count: 20_000)
        for number in 1...1200 {
            try stage.process.write(
                TradeLine.make {
                    $0.id = "\(number)"
                    $0.tier = nil
                    $0.title = padding
                }.line)
        }
        slow.startReading()
        let lagged = try slow.next("lagged")
        #expect((lagged["missed"]?.integer ?? 0) > 0)
        #expect(
            eventually {
                slow.pump(); return !slow.isOpen
            })
    }
}
