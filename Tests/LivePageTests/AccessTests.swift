import AlertFixtures
import Crypto
import Curl
import TestSupport
import Testing

/// Access to the live page: its token, and the number of its viewers.
struct AccessTests {
    private let directory = try! TemporaryDirectory()

    @Test func theTokenIsRequiredAndAcceptedInBothForms() throws {
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

    @Test func theNumberOfViewersIsLimited() throws {
        let stage = try AlertProcess(["--live", "127.0.0.1:0"], in: directory)
        let port = try stage.livePort()
        let viewers = try (0..<70).map { _ in try Viewer(port: port) }
        #expect(viewers.count { $0.isOpen } == 64)
        try stage.process.write(TradeLine.make().line)
        #expect(eventually { stage.alerts.count == 1 })
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
