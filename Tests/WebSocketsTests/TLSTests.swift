import TestSupport
import Testing
import WebSockets

struct TLSTests {
    typealias Certificate = CertificateAuthority.Certificate

    @Test(
        arguments: [
            (.good, "localhost", true), (.good, "127.0.0.1", true), (.stranger, "localhost", false),
            (.expired, "localhost", false), (.selfSigned, "localhost", false),
        ] as [(Certificate, String, Bool)])
    func trustsOnlyWhatItShould(certificate: Certificate, host: String, isTrusted: Bool) throws {
        let authority = try CertificateAuthority()
        let (heard, _) = try connect(authority, certificate, host: host)
        #expect(heard.isOpen == isTrusted)
        #expect((heard.failure == nil) == isTrusted && heard.failure?.status == nil)
        #expect(heard.texts == (isTrusted ? ["over TLS"] : []))
    }

    /// An address is connected to, and the certificate is that of the name.
    @Test(arguments: [(Certificate.stranger, true), (.good, false)])
    func aCertificateIsForTheNameThatWasAskedFor(certificate: Certificate, isTrusted: Bool) throws {
        let authority = try CertificateAuthority()
        var loop = EventLoop.Options()
        loop.authorities = authority.path
        loop.resolver = Resolver { _ in .success(["127.0.0.1"]) }
        let stage = try Stage(try serving(authority, certificate), loop: EventLoop(loop))
        let heard = Heard()
        _ = try stage.loop.connect(to: stage.url(secure: true, host: "elsewhere.example"), tells: heard)
        try stage.run { heard.isOpen || heard.failure != nil }
        #expect(heard.isOpen == isTrusted)
    }

    @Test func theSystemsStoreDoesNotKnowOurAuthority() throws {
        let authority = try CertificateAuthority()
        #expect(try connect(authority, .good, host: "localhost", isKnown: false).0.failure != nil)
    }

    @Test(arguments: [Certificate.stranger, .expired, .selfSigned])
    func insecureAcceptsAnyOnLoopback(certificate: Certificate) throws {
        let authority = try CertificateAuthority()
        var options = ClientConnection.Options()
        options.allowInsecure = true
        let (heard, _) = try connect(authority, certificate, host: "127.0.0.1", options)
        #expect(heard.isOpen, "\(String(describing: heard.failure))")
    }

    @Test func aPlainTalkerIsHungUpOnAndAPlainServerFailsTheHandshake() throws {
        let authority = try CertificateAuthority()
        let loop = try EventLoop()
        let secure = try Stage(serving(authority, .good), loop: loop)
        let plain = try Stage(loop: loop)
        let (first, second) = (Heard(), Heard())
        _ = try loop.connect(to: WebSocketURL("ws://localhost:\(secure.server.port)"), tells: first)
        _ = try loop.connect(to: WebSocketURL("wss://localhost:\(plain.server.port)"), tells: second)
        try loop.run(upTo: patience) { first.failure != nil && second.failure != nil }
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

    private func serving(
        _ authority: CertificateAuthority, _ certificate: Certificate
    ) throws -> Server.Options {
        var options = Server.Options()
        options.certificate = try authority.make(certificate)
        return options
    }

    private func connect(
        _ authority: CertificateAuthority, _ certificate: Certificate, host: String, isKnown: Bool = true,
        _ options: ClientConnection.Options = .init()
    ) throws -> (Heard, Stage) {
        var loop = EventLoop.Options()
        if isKnown { loop.authorities = authority.path }
        let stage = try Stage(
            serving(authority, certificate), loop: EventLoop(loop), onMessage: { $0.send(utf8: $1.bytes) })
        let heard = Heard()
        let client = try stage.loop.connect(to: stage.url(secure: true, host: host), options, tells: heard)
        try stage.run { heard.isOpen || heard.failure != nil }
        client.send("over TLS")
        if heard.isOpen { try stage.run { !heard.messages.isEmpty } }
        return (heard, stage)
    }
}
