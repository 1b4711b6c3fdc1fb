import Curl
import TestSupport
import Testing

/// Mails sent to an SMTP server, in plain text and with TLS.
@Suite(.enabled(if: MailServer.isAvailable))
struct MailTests {
    private static let authority = Result { try CertificateAuthority() }

    private func send(
        to server: MailServer, scheme: String = "smtp", trusting: Bool = true,
        _ change: (inout MailRequest) -> Void = { _ in }
    ) throws -> Result<MailReply, HTTPFailure> {
        var options = HTTPClient.Options()
        if trusting { options.certificateFile = try Self.authority.get().path }
        var mail = MailRequest(
            to: "\(scheme)://localhost:\(server.port)", from: "pm@example.net", for: "ada@example.org",
            Array("Subject: hello\n\n.a line with a dot\nand another\n".utf8))
        mail.connectTimeout = patience
        mail.timeout = patience
        change(&mail)
        let client = HTTPClient(options)
        let id = client.start(mail)
        return try #require(client.collectMail(1)[id])
    }

    @Test(arguments: [(MailServer.Encryption.startTLS, "smtp"), (.implicit, "smtps")])
    func isSentWithTLSAndALogin(encryption: MailServer.Encryption, scheme: String) throws {
        let server = try MailServer(
            encryption, certificate: try Self.authority.get().make(.good), login: "ada:s3cret")
        let reply = try send(to: server, scheme: scheme) { $0.login = ("ada", "s3cret") }.get()
        #expect(reply.code == 250)
        let message = try #require(server.messages.first)
        #expect(message.isEncrypted)
        #expect(message.login == "PLAIN ada")
        #expect(message.sender == "pm@example.net")
        #expect(message.recipient == "ada@example.org")
        #expect(message.text == "Subject: hello\r\n\r\n.a line with a dot\r\nand another\r\n")
    }

    @Test func plainTextIsSentOnlyIfRequested() throws {
        let server = try MailServer(.none, login: "ada:s3cret")
        let failure = try #require(throws: HTTPFailure.self) {
            try send(to: server) { $0.login = ("ada", "s3cret") }.get()
        }
        #expect(failure.kind == .tls)
        #expect(server.messages.isEmpty)
        let reply = try send(to: server) {
            $0.security = .never
            $0.login = ("ada", "s3cret")
        }.get()
        #expect(reply.code == 250)
        #expect(server.messages.map(\.isEncrypted) == [false])
    }

    @Test(arguments: [(CertificateAuthority.Certificate.good, false), (.stranger, true)])
    func anUntrustedServerGetsNothing(certificate: CertificateAuthority.Certificate, trusting: Bool)
        throws
    {
        for (encryption, scheme) in [(MailServer.Encryption.startTLS, "smtp"), (.implicit, "smtps")] {
            let server = try MailServer(
                encryption, certificate: try Self.authority.get().make(certificate))
            let failure = try #require(throws: HTTPFailure.self) {
                try send(to: server, scheme: scheme, trusting: trusting).get()
            }
            #expect(failure.kind == .untrusted)
            #expect(server.messages.isEmpty)
        }
    }

    @Test(
        arguments: [
            (["RCPT": ["550 nobody of that name"]], 550), (["RCPT": ["451 come again"]], 451),
            (["MAIL": ["421 too busy"]], 421), (["DATA": ["554 no"]], 554),
            (["AUTH": ["535 no", "535 no"]], 535),
        ] as [([String: [String]], Int)])
    func aRejectionIsAReply(replies: [String: [String]], code: Int) throws {
        let server = try MailServer(.none, login: "ada:s3cret", replies: replies)
        let reply = try send(to: server) {
            $0.security = .never
            $0.login = ("ada", "s3cret")
        }.get()
        #expect(reply.code == code, "\(reply.text)")
        #expect(server.messages.isEmpty)
    }

    @Test(
        arguments: [
            { $0.recipient = "a@b>\r\nRCPT TO:<c@d" }, { $0.recipient = "a@b\r\nDATA" },
            { $0.sender = "a@b> SIZE=1" }, { $0.recipient = "" }, { $0.server = "http://localhost" },
            { $0.server = "smtp://localhost/x\r\nRSET" }, { $0.server = "smtp://ada:s3cret@localhost" },
        ] as [@Sendable (inout MailRequest) -> Void])
    func anAddressCannotAddCommands(change: @Sendable (inout MailRequest) -> Void) throws {
        let server = try MailServer()
        let failure = try #require(throws: HTTPFailure.self) {
            try send(to: server) {
                $0.security = .never
                change(&$0)
            }.get()
        }
        #expect(failure.kind == .invalidRequest, "\(failure)")
        #expect(server.messages.isEmpty)
    }

    @Test(arguments: [
        ("smtp://localhost:25", true), ("smtp://127.0.0.1", true), ("smtps://[::1]:465", true),
        ("smtp://mail.example.org:587", false), ("smtp://localhost.example.org", false),
    ])
    func aServerIsLocalByItsHost(server: String, isLocal: Bool) {
        #expect(MailRequest.isLocal(server) == isLocal)
    }
}
