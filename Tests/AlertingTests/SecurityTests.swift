import Crypto
import Foundation
import HTTP
import PMJSON
import TestSupport
import Testing

/// One test for each line of the checklist that is pm-alert's, beside those that stand with their channels.
struct SecurityTests {
    private let directory = try! TemporaryDirectory()

    @Test func secretsAreInNothingThatWeSayOrKeep() throws {
        let canary = "canary7f3a9"
        let receiver = try Receiver { _, before in before == 0 ? .reply(500) : .reply(404, body: "no") }
        for option in ["--discord-file", "--slack-file", "--webhook-file"] {
            try AlertProcess.subscribe(
                "ada\(option)", to: receiver.url("/\(canary)?token=\(canary)"), as: option, in: directory)
        }
        try AlertProcess.subscribe(
            "tel", to: "123:\(canary)\n-4\n\(receiver.url(""))", as: "--telegram-file", in: directory)
        let stage = try AlertProcess(
            [
                "--ledger", directory.file("ledger"), "--dead-letters", directory.file("dead"),
                "--status-dir",
                directory.file("status"), "--log-level", "debug",
            ], in: directory)
        try stage.process.write(TradeLine.make().line)
        #expect(eventually(within: .seconds(20)) { stage.alerts.count == 4 })
        #expect(try stage.finish() == .status(0))
        let listed = try AlertProcess.run("subscribers", [], in: directory)
        var kept = [stage.process.output, stage.process.errors, listed.output, listed.errors]
        for file in ["ledger", "dead", "status/pm-alert.json"] { kept.append(try directory.read(file)) }
        let database = try Data(contentsOf: URL(fileURLWithPath: directory.file("pm.db")))
        #expect(database.range(of: Data(canary.utf8)) == nil)
        #expect(!kept.contains { $0.contains(canary) })
    }

    @Test func filesOfOurOwnAreForTheirOwnerAlone() throws {
        let stage = try AlertProcess(
            [
                "--ledger", directory.file("ledger"), "--dead-letters", directory.file("dead"), "--rejects",
                directory.file("rejects"),
            ], in: directory)
        #expect(try stage.finish() == .status(0))
        for file in ["ledger", "dead", "rejects"] {
            let rights = try FileManager.default.attributesOfItem(atPath: directory.file(file))[
                .posixPermissions]
            #expect(rights as? Int == 0o600, "\(file)")
        }
    }

    @Test func thePageIsNotShownBeyondThisMachineWithoutAToken() throws {
        let bare = try AlertProcess(["--live", "0.0.0.0:0"], in: directory)
        #expect(try bare.process.wait() == .status(64))
        let short = try directory.write("tooshort\n", to: "short")
        let weak = try AlertProcess(["--live", "0.0.0.0:0", "--live-token-file", short], in: directory)
        #expect(try weak.process.wait() == .status(78))
    }

    @Test func theTokenIsAskedForAndTakenInBothWays() throws {
        let token = "abcdefghijklmnopqrstuvwxyz"
        let file = try directory.write(token + "\n", to: "token")
        let stage = try AlertProcess(["--live", "0.0.0.0:0", "--live-token-file", file], in: directory)
        let port = try stage.livePort()
        let basic = base64(Array("anyone:\(token)".utf8))
        for (header, status) in [
            ("", 401), ("Bearer \(token)", 200), ("Bearer \(token)x", 401), ("Basic \(basic)", 200),
            ("Basic !!", 401),
        ] {
            let headers: HTTPHeaders = header.isEmpty ? [:] : ["Authorization": header]
            #expect(try get("http://127.0.0.1:\(port)/", headers) == status, "\(header)")
        }
        #expect(try !Viewer(port: port).isOpen)
        #expect(try Viewer(port: port, headers: [("Authorization", "Bearer \(token)")]).isOpen)
        #expect(!stage.process.errors.contains(token))
    }

    @Test func noMoreThanSoManyWatch() throws {
        let stage = try AlertProcess(["--live", "127.0.0.1:0"], in: directory)
        let port = try stage.livePort()
        let viewers = try (0..<70).map { _ in try Viewer(port: port) }
        #expect(viewers.count { $0.isOpen } == 64)
        try stage.process.write(TradeLine.make().line)
        #expect(eventually { stage.alerts.count == 1 })
    }

    @Test func aRedirectionIsNotFollowed() throws {
        let other = try Receiver()
        let receiver = try Receiver { _, _ in .reply(307, headers: [("Location", other.url("/"))]) }
        try AlertProcess.subscribe("ada", to: receiver.url("/"), as: "--webhook-file", in: directory)
        let stage = try AlertProcess(in: directory)
        try stage.process.write(TradeLine.make().line)
        #expect(eventually { stage.alerts.first?.outcome == "dead" })
        #expect(other.deliveries.isEmpty)
    }

    @Test(arguments: [
        "http://example.org/", "file:///etc/passwd", "ftp://example.org/", "https://u:p@127.0.0.1/",
    ])
    func onlyHTTPSIsDeliveredTo(url: String) throws {
        try AlertProcess.subscribe("ada", to: url, as: "--webhook-file", in: directory)
        let process = try ChildProcess(
            Executables.path("pm-alert"),
            ["--database", AlertProcess.database(directory), "--drain", "200ms"],
            input: .text(TradeLine.make().line))
        #expect(try process.wait() == .status(0))
        #expect(!process.output.contains(#""outcome":"delivered""#))
    }

    @Test func whatATradeSaysCannotSteerATerminal() throws {
        let stage = try AlertProcess(in: directory)
        try stage.process.write(TradeLine.make { $0.title = "a\u{1B}[2Jb\u{9B}31mc\u{202E}d\u{200B}e" }.line)
        #expect(eventually { stage.alerts.count == 1 })
        let shown = stage.process.output.unicodeScalars.filter { $0 != "\n" }
        #expect(
            !shown.contains {
                $0.value < 0x20 || 0x7F...0x9F ~= $0.value || $0.value == 0x202E || $0.value == 0x200B
            })
    }

    private func get(_ url: String, _ headers: HTTPHeaders) throws -> Int {
        let client = HTTPClient()
        _ = client.start(HTTPRequest(.get, url, headers: headers))
        while true {
            if let completion = client.finished().first { return try completion.result.get().status }
            _ = client.wait(upTo: .seconds(5))
        }
    }
}
