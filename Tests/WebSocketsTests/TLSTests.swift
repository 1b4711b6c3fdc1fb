import Foundation
import Testing
import WebSockets

struct TLSTests {
    @Test(
        arguments: [
            ("good", "localhost", true), ("good", "127.0.0.1", false), ("stranger", "localhost", false),
            ("expired", "localhost", false), ("selfsigned", "localhost", false),
        ])
    func trustsOnlyWhatItShould(certificate: String, host: String, isTrusted: Bool) throws {
        let authority = try Authority()
        let (heard, _) = try connect(authority, certificate, host: host)
        #expect(heard.isOpen == isTrusted)
        #expect((heard.failure == nil) == isTrusted && heard.failure?.status == nil)
        #expect(heard.texts == (isTrusted ? ["over TLS"] : []))
    }

    @Test func theSystemsStoreDoesNotKnowOurAuthority() throws {
        let authority = try Authority()
        #expect(try connect(authority, "good", host: "localhost", isKnown: false).0.failure != nil)
    }

    @Test(arguments: ["stranger", "expired", "selfsigned"])
    func insecureAcceptsAnyOnLoopback(certificate: String) throws {
        let authority = try Authority()
        var options = ClientConnection.Options()
        options.allowInsecure = true
        #expect(try connect(authority, certificate, host: "localhost", options).0.isOpen)
    }

    @Test func aPlainTalkerIsHungUpOnAndAPlainServerFailsTheHandshake() throws {
        let authority = try Authority()
        let loop = try EventLoop()
        let secure = try Stage(authority.options("good"), loop: loop)
        let plain = try Stage(loop: loop)
        let (first, second) = (Heard(), Heard())
        _ = try loop.connect(to: WebSocketURL("ws://localhost:\(secure.server.port)"), tells: first)
        _ = try loop.connect(to: WebSocketURL("wss://localhost:\(plain.server.port)"), tells: second)
        try loop.run(upTo: .seconds(30)) { first.failure != nil && second.failure != nil }
        #expect(first.events == 1 && second.events == 1)
    }

    @Test func saysThatACertificateIsMissing() throws {
        var options = Server.Options()
        options.certificate = ("/nonexistent.pem", "/nonexistent.key")
        #expect(throws: WebSocketError.unreadable(path: "/nonexistent.pem")) { _ = try Stage(options) }
        var clients = EventLoop.Options()
        clients.authorities = "/nonexistent.pem"
        #expect(throws: WebSocketError.unreadable(path: "/nonexistent.pem")) { _ = try EventLoop(clients) }
    }

    private func connect(
        _ authority: Authority, _ certificate: String, host: String, isKnown: Bool = true,
        _ options: ClientConnection.Options = .init()
    ) throws -> (Heard, Stage) {
        var loop = EventLoop.Options()
        if isKnown { loop.authorities = authority.path("ca.pem") }
        let stage = try Stage(
            try authority.options(certificate), loop: EventLoop(loop), onMessage: { $0.send(utf8: $1.bytes) })
        let heard = Heard()
        let client = try stage.loop.connect(to: stage.url(secure: true, host: host), options, tells: heard)
        try stage.run { heard.isOpen || heard.failure != nil }
        client.send("over TLS")
        if heard.isOpen { try stage.run { !heard.messages.isEmpty } }
        return (heard, stage)
    }
}

/// A certificate authority of the tests' own and what it has signed, in a temporary folder of its own.
private final class Authority {
    let folder: URL

    init() throws {
        folder = URL.temporaryDirectory.appending(path: "pm-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try openssl("req -x509 -keyout ca.key -out ca.pem -days 30 -subj /CN=pm-test-ca", Self.newKey)
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    func path(_ name: String) -> String { folder.appending(path: name).path }

    /// A server with a certificate that is "good", or a "stranger"'s, "expired" or "selfsigned".
    func options(_ name: String) throws -> Server.Options {
        let host = name == "stranger" ? "elsewhere.example" : "localhost"
        let subject = "-subj /CN=\(host) -addext subjectAltName=DNS:\(host)"
        if name == "selfsigned" {
            try openssl("req -x509 -keyout \(name).key -out \(name).pem -days 30", subject, Self.newKey)
        } else {
            try openssl("req -keyout \(name).key -out \(name).csr", subject, Self.newKey)
            // A negative number of days: it has ended before it began.
            let days = name == "expired" ? "-1" : "30"
            let signer = "-CA ca.pem -CAkey ca.key -CAcreateserial"
            try openssl(
                "x509 -req -in \(name).csr -out \(name).pem -copy_extensions copy -days \(days)", signer)
        }
        var options = Server.Options()
        options.certificate = (path("\(name).pem"), path("\(name).key"))
        return options
    }

    private static let newKey = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"

    private func openssl(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = arguments.flatMap { $0.split(separator: " ").map(String.init) }
        process.currentDirectoryURL = folder
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
    }
}
