import AlertFixtures
import PMJSON
import TestSupport
import Testing

/// The receiver's own sentence in the reason and the log.
struct ReceiverReasonTests {
    private let directory = try! TemporaryDirectory()

    @Test(arguments: [
        (
            "--discord-file", 400, #"{"message":"Invalid Form Body","code":50035}"#,
            "HTTP 400: Invalid Form Body"
        ),
        ("--discord-file", 404, #"{"message":"Unknown Webhook","code":10015}"#, "HTTP 404: Unknown Webhook"),
        ("--slack-file", 400, "invalid_blocks", "HTTP 400: invalid_blocks"),
        ("--webhook-file", 422, #"{"title":"Bad","detail":"id is missing"}"#, "HTTP 422: id is missing"),
        ("--webhook-file", 400, #"{"error":{"message":"no such key"}}"#, "HTTP 400: no such key"),
        ("--webhook-file", 400, "<html><body>Oh</body></html>", "HTTP 400"),
        // Some servers repeat the path, which is a secret.
        ("--webhook-file", 404, #"{"message":"no route /hooks/canary99"}"#, "HTTP 404: no route /hooks/…"),
    ])
    func isPartOfTheReasonAndTheLog(option: String, status: Int, body: String, reason: String) throws {
        let receiver = HTTPStub { _ in .reply(status, body: body) }
        try AlertProcess.subscribe("ada", to: receiver.url("/hooks/canary99"), as: option, in: directory)
        let stage = try AlertProcess(in: directory)
        try stage.process.write(TradeLine.make().line)
        #expect(eventually { stage.alerts.first?.outcome == "dead" })
        let written = stage.alerts.first?["channels"]?.array?.first?["reason"]?.string ?? ""
        #expect(written == reason || written.hasSuffix("(\(reason))"), "\(written)")
        #expect(stage.process.errors.contains(reason))
        #expect(!stage.process.errors.contains("canary99"))
    }

    @Test func aRateLimitWithoutATimeIsLoggedOnceAndPausesTheChannel() throws {
        let receiver = HTTPStub { _ in .reply(429) }
        try AlertProcess.subscribe("ada", to: receiver.url("/"), as: "--discord-file", in: directory)
        let stage = try AlertProcess(["--drain", "1s"], in: directory)
        try stage.process.write(TradeLine.make().line + TradeLine.make { $0.transaction = "0x2" }.line)
        #expect(try stage.finish() == .status(0))
        #expect(receiver.requests.count == 1)
        let lines = stage.process.errors.split(separator: "\n").filter { $0.contains("limits its rate") }
        #expect(lines.count == 1)
        #expect(lines.first?.contains("paused for") == true)
    }
}
