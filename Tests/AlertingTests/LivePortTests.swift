import AlertFixtures
import Glibc
import PMJSON
import TestSupport
import Testing

/// The live page while its port belongs to another program.
struct LivePortTests {
    private let directory = try! TemporaryDirectory()

    @Test func alertsAreDeliveredWhileThePortIsInUse() throws {
        let receiver = HTTPStub()
        try AlertProcess.subscribe("ada", to: receiver.url("/"), as: "--webhook-file", in: directory)
        let first = try AlertProcess(["--live", "127.0.0.1:0"], in: directory)
        let port = try first.livePort()
        let status = directory.file("status")
        let second = try AlertProcess(
            ["--live", "127.0.0.1:\(port)", "--status-dir", status], in: directory)
        #expect(
            eventually { second.process.errors.contains("127.0.0.1:\(port) is in use; alerts are delivered") }
        )
        try second.process.write(TradeLine.make().line)
        #expect(eventually { second.alerts.first?.outcome == "delivered" })
        func isServing() -> Bool? {
            (try? directory.read("status/pm-alert.json")).flatMap { try? JSON($0) }?["page_serving"]?.bool
        }
        #expect(eventually { isServing() == false })
        #expect(try first.finish() == .status(0))
        #expect(eventually { second.process.errors.contains("live page at http://127.0.0.1:\(port)/") })
        #expect(eventually { isServing() == true })
        #expect(second.process.errors.matches(of: /is in use/).count == 1, "logged once")
        #expect(try second.finish() == .status(0))
    }
}
