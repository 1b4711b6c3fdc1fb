import AlertFixtures
import Crypto
import Foundation
import PMJSON
import TestSupport
import Testing

/// The live page behind a real nginx with TLS, with the settings that docs/LIVE-PAGE.md recommends.
@Suite(
    .serialized,
    .enabled(if: Browser.path != nil && Nginx.path != nil, "chromium or nginx is not installed"))
struct ProxyTests {
    private let directory = try! TemporaryDirectory()
    private static let token = "abcdefghijklmnopqrstuvwxyz"

    @Test func aBrowserSeesTradesThroughTheProxy() throws {
        let nginx = try Nginx(in: directory)
        let file = try directory.write(Self.token + "\n", to: "token")
        let stage = try AlertProcess(
            [
                "--live", "127.0.0.1:0", "--live-token-file", file, "--live-origin",
                "https://localhost:\(nginx.port)",
            ], in: directory)
        try nginx.start(to: try stage.livePort())
        let browser = try Browser(["--ignore-certificate-errors"])
        try browser.resize(width: 390, height: 844, isPhone: true)
        let address = "https://localhost:\(nginx.port)/"

        try browser.open(address)
        #expect(
            try browser.waits(for: "document.readyState === 'complete' && !document.querySelector('#tape')"))
        // The viewer enters the token once.
        let basic = base64(Array("viewer:\(Self.token)".utf8))
        try browser.setHeaders(#"{"Authorization":"Basic \#(basic)"}"#)
        try browser.open(address)
        #expect(try browser.waits(for: "document.body?.dataset.connection === 'live'"))
        // From now on the cookie is enough, for the WebSocket, too.
        try browser.setHeaders("{}")
        try browser.open(address + "?again")
        #expect(
            try browser.waits(
                for: "location.search === '?again' && document.body?.dataset.connection === 'live'"))
        #expect(try browser.evaluate("document.cookie").string == "", "scripts cannot read it")
        let cookie = try #require(try browser.cookies().first { $0["name"]?.string == "pm_live" })
        #expect(cookie["secure"]?.bool == true && cookie["httpOnly"]?.bool == true)
        #expect(cookie["sameSite"]?.string == "Strict")

        try stage.process.write(TradeLine.make().enriched.line)
        #expect(try browser.waits(for: "document.querySelector('.row .r-name')?.textContent === 'Theo'"))
        // nginx passes the compression and the tags on.
        let passed = try browser.evaluate(
            """
            (async () => {
              const first = await fetch('page.js', { cache: 'no-store' });
              const tag = first.headers.get('ETag');
              const again = await fetch('page.js', { cache: 'no-store', headers: { 'If-None-Match': tag } });
              return [first.headers.get('Content-Encoding'), again.status].join(' ');
            })()
            """)
        #expect(passed.string == "gzip 304")
        // A restart of nginx costs nothing but a reconnection.
        try nginx.restart()
        try stage.process.write(TradeLine.make { ($0.id, $0.transaction) = ("2", "0x2") }.line)
        #expect(
            try browser.waits(
                for: "window.pmLive.trades === 2 && document.body.dataset.connection === 'live'"))
    }
}

/// An nginx on loopback with a certificate of its own, whose `location` is the one of docs/LIVE-PAGE.md.
final class Nginx {
    static var path: String? { Executables.installed("nginx", orIn: ["/usr/sbin"]) }

    let port: Int
    private let directory: TemporaryDirectory
    private let authority: CertificateAuthority
    private var process: ChildProcess?

    init(in directory: TemporaryDirectory) throws {
        self.directory = directory
        authority = try CertificateAuthority()
        // A port without a listener, below those that Linux gives to any program.
        port =
            (0..<100).lazy.map { _ in Int.random(in: 20_000..<30_000) }
            .first { (try? RawConnection(port: $0)) == nil } ?? 0
    }

    deinit { stop() }

    /// Starts it in front of the page at `page`, a port of loopback.
    func start(to page: Int) throws {
        let certificate = try authority.make(.good)
        try directory.write(
            """
            daemon off;
            worker_processes 1;
            pid \(directory.file("nginx.pid"));
            error_log stderr notice;
            events { worker_connections 64; }
            http {
              access_log off;
              client_body_temp_path \(directory.file("body"));
              proxy_temp_path \(directory.file("proxy"));
              fastcgi_temp_path \(directory.file("fastcgi"));
              uwsgi_temp_path \(directory.file("uwsgi"));
              scgi_temp_path \(directory.file("scgi"));
              server {
                listen 127.0.0.1:\(port) ssl;
                server_name localhost;
                ssl_certificate \(certificate.chain);
                ssl_certificate_key \(certificate.key);
                \(try Self.recommendedLocation().replacingOccurrences(of: "127.0.0.1:8787", with: "127.0.0.1:\(page)"))
              }
            }

            """, to: "nginx.conf")
        try restart()
    }

    func restart() throws {
        stop()
        let process = try ChildProcess(
            Self.path ?? "", ["-e", "stderr", "-c", directory.file("nginx.conf"), "-p", directory.path])
        self.process = process
        guard eventually({ process.errors.contains("start worker processes") }) else {
            throw TestFailure("nginx did not start: \(process.errors)")
        }
    }

    private func stop() {
        process?.kill(SIGTERM)
        _ = try? process?.wait()
        process = nil
    }

    /// The block `location` of the document.
    private static func recommendedLocation() throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appendingPathComponent("docs/LIVE-PAGE.md"), encoding: .utf8)
        guard let start = text.range(of: "    location / {"),
            let end = text.range(of: "\n    }\n", range: start.lowerBound..<text.endIndex)
        else { throw TestFailure("docs/LIVE-PAGE.md has no location for nginx") }
        return String(text[start.lowerBound..<end.upperBound])
    }
}
