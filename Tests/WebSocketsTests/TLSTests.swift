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
    func trustsOnlyValidCertificates(certificate: Certificate, host: String, isTrusted: Bool) throws {
        let authority = try CertificateAuthority()
        let (events, _) = try connect(authority, certificate, host: host)
        #expect(events.isOpen == isTrusted)
        #expect((events.failure == nil) == isTrusted && events.failure?.status == nil)
        #expect(events.texts == (isTrusted ? ["over TLS"] : []))
    }

    /// The connection is to an address; the certificate is checked against the name.
    @Test(arguments: [(Certificate.stranger, true), (.good, false)])
    func aCertificateMustMatchTheURLsHost(certificate: Certificate, isTrusted: Bool) throws {
        let authority = try CertificateAuthority()
        var loop = EventLoop.Options()
        loop.authorities = authority.path
        loop.resolver = Resolver { _ in .success(["127.0.0.1"]) }
        let stage = try Stage(try serving(authority, certificate), loop: EventLoop(loop))
        let events = ClientEvents()
        _ = try stage.loop.connect(to: stage.url(secure: true, host: "elsewhere.example"), into: events)
        try stage.run { events.isOpen || events.failure != nil }
        #expect(events.isOpen == isTrusted)
    }

    @Test func theSystemsStoreDoesNotTrustTheTestAuthority() throws {
        let authority = try CertificateAuthority()
        #expect(try connect(authority, .good, host: "localhost", isKnown: false).0.failure != nil)
    }

    @Test(arguments: [Certificate.stranger, .expired, .selfSigned])
    func insecureAcceptsAnyCertificateOnLoopback(certificate: Certificate) throws {
        let authority = try CertificateAuthority()
        var options = ClientConnection.Options()
        options.allowInsecure = true
        let (events, _) = try connect(authority, certificate, host: "127.0.0.1", options)
        #expect(events.isOpen, "\(String(describing: events.failure))")
    }

    @Test func plainTextEndsATLSConnectionOnBothSides() throws {
        let authority = try CertificateAuthority()
        let loop = try EventLoop()
        let secure = try Stage(serving(authority, .good), loop: loop)
        let plain = try Stage(loop: loop)
        let (first, second) = (ClientEvents(), ClientEvents())
        _ = try loop.connect(to: WebSocketURL("ws://localhost:\(secure.server.port)"), into: first)
        _ = try loop.connect(to: WebSocketURL("wss://localhost:\(plain.server.port)"), into: second)
        try loop.run(upTo: patience) { first.failure != nil && second.failure != nil }
        #expect(first.count == 1 && second.count == 1)
    }

    @Test func reportsAMissingCertificate() throws {
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
    ) throws -> (ClientEvents, Stage) {
        var loop = EventLoop.Options()
        if isKnown { loop.authorities = authority.path }
        let stage = try Stage(
            serving(authority, certificate), loop: EventLoop(loop), onMessage: { $0.send(utf8: $1.bytes) })
        let events = ClientEvents()
        let client = try stage.loop.connect(to: stage.url(secure: true, host: host), options, into: events)
        try stage.run { events.isOpen || events.failure != nil }
        client.send("over TLS")
        if events.isOpen { try stage.run { !events.messages.isEmpty } }
        return (events, stage)
    }
}
