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

    @Test func aCookieStandsForTheTokenOnceItWasShown() throws {
        let (stage, port) = try serve()
        let basic = ("Authorization", "Basic \(base64(Array("anyone:\(Self.token)".utf8)))")
        let answer = try PlainHTTP.request(port: port, "/", headers: [basic])
        let header = try #require(answer.headers["set-cookie"])
        for attribute in ["; Path=/", "; Max-Age=2592000", "; HttpOnly", "; SameSite=Strict"] {
            #expect(header.contains(attribute), "\(header)")
        }
        #expect(!header.contains("Secure") && !header.contains(Self.token))
        let cookie = String(header.prefix { $0 != ";" })
        #expect(try Viewer(port: port, headers: [("Cookie", "other=1; \(cookie)")]).isOpen)
        let again = try PlainHTTP.request(port: port, "/trades", headers: [("Cookie", cookie)])
        #expect(again.status == 200 && again.headers["set-cookie"] == nil)
        // Any change makes it worthless; a later time of expiry, too.
        let parts = cookie.dropFirst("pm_live=".count).split(separator: ".").map(String.init)
        let later = String(Int(parts[0])! + 1000)
        let otherDigit = parts[1].hasSuffix("0") ? "1" : "0"
        for forged in [
            "pm_live=", "pm_live=.", "pm_live=\(later).\(parts[1])", "pm_live=\(parts[0])", "x\(cookie)",
            "pm_live=\(parts[0]).\(parts[1].dropLast())\(otherDigit)",
        ] {
            #expect(
                try PlainHTTP.request(port: port, "/", headers: [("Cookie", forged)]).status == 401,
                "\(forged)")
            #expect(try !Viewer(port: port, headers: [("Cookie", forged)]).isOpen, "\(forged)")
        }
        withExtendedLifetime(stage) {}
    }

    @Test func theCookieIsSecureBehindTLS() throws {
        let basic = ("Authorization", "Basic \(base64(Array("anyone:\(Self.token)".utf8)))")
        let (stage, port) = try serve()
        let answer = try PlainHTTP.request(port: port, "/", headers: [basic, ("X-Forwarded-Proto", "https")])
        #expect(answer.headers["set-cookie"]?.hasSuffix("; Secure") == true)
        // A program with a bearer token needs no cookie.
        let bearer = try PlainHTTP.request(
            port: port, "/", headers: [("Authorization", "Bearer \(Self.token)")])
        #expect(bearer.status == 200 && bearer.headers["set-cookie"] == nil)
        withExtendedLifetime(stage) {}
    }

    /// Host and Origin as a proxy passes them on: its own address upstream (nginx), or the public one (Caddy).
    @Test(arguments: [
        ("trades.example.org", "https://trades.example.org", true),
        ("127.0.0.1", "https://trades.example.org", true),
        ("TRADES.example.org:443", "https://trades.example.org", true),
        ("trades.example.org", "https://evil.example", false),
        ("evil.example", "https://trades.example.org", false),
        ("127.0.0.1", "http://trades.example.org", false), ("trades.example.org.evil.example", nil, false),
    ])
    func theOriginOfAProxyIsAccepted(host: String, origin: String?, isAccepted: Bool) throws {
        let (stage, port) = try serve("127.0.0.1:0", ["--live-origin", "https://trades.example.org/"])
        let peer = try RawConnection(port: port)
        peer.send(
            "GET /live HTTP/1.1\r\nHost: \(host)\r\n" + (origin.map { "Origin: \($0)\r\n" } ?? "")
                + "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: \(host)\r\n"
                + "Authorization: Bearer \(Self.token)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
        #expect(peer.receive(atMost: 12) == "HTTP/1.1 \(isAccepted ? 101 : 403)")
        withExtendedLifetime(stage) {}
    }

    @Test(arguments: [
        ["--live-origin", "https://trades.example.org"], ["--live-origin", "trades.example.org"],
        ["--live-origin", "https://trades.example.org/page"], ["--live-origin", "https://"],
    ])
    func anOriginNeedsATokenAndNoPath(arguments: [String]) throws {
        let process = try ChildProcess(
            Executables.path("pm-alert"), ["--live", "127.0.0.1:0"] + arguments, input: .text(""))
        #expect(try process.wait() == .status(64))
        #expect(
            process.errors.contains("--live-origin")
                && (process.errors.contains("--live-token-file")
                    || process.errors.contains("https://trades.example.org"))
        )
    }

    private static let token = "abcdefghijklmnopqrstuvwxyz"

    private func serve(
        _ address: String = "0.0.0.0:0", _ arguments: [String] = []
    ) throws -> (AlertProcess, port: Int) {
        let file = try directory.write(Self.token + "\n", to: "token")
        let stage = try AlertProcess(
            ["--live", address, "--live-token-file", file] + arguments, in: directory)
        return (stage, try stage.livePort())
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
