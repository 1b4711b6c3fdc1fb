import AlertFixtures
import PMJSON
import TestSupport
import Testing

/// E-mail through a real mail server.
@Suite(.enabled(if: MailServer.isAvailable))
struct MailTests {
    private let directory = try! TemporaryDirectory()

    private func stage(_ server: MailServer, scheme: String = "smtp", _ more: [String] = []) throws
        -> AlertProcess
    {
        try AlertProcess.run("subscribe", ["--name", "ada", "--email", "ada@example.org"], in: directory)
        return try AlertProcess(
            [
                "--smtp", "\(scheme)://localhost:\(server.port)", "--mail-from", "pm@example.net",
                "--retry-pause", "20ms", "--retry-limit", "50ms",
            ] + more, in: directory)
    }

    @Test func mailIsSentOverTLSWithAPasswordFromAFile() throws {
        let authority = try CertificateAuthority()
        let server = try MailServer(.startTLS, certificate: authority.make(.good), login: "pm:canary77")
        let password = try directory.write("canary77\n", to: "password")
        let stage = try stage(
            server,
            [
                "--smtp-tls", "always", "--smtp-user", "pm", "--smtp-password-file", password, "--ca-file",
                authority.path,
            ])
        try stage.process.write(TradeLine.make().line)
        #expect(eventually { stage.alerts.first?.outcome == "delivered" })
        let message = try #require(server.messages.first)
        #expect(message.isEncrypted)
        #expect(message.login.hasSuffix(" pm"))
        #expect(message.sender == "pm@example.net")
        #expect(message.recipient == "ada@example.org")
        #expect(message.text.contains("Subject: =?utf-8?B?"))
        #expect(!(stage.process.errors + stage.process.output).contains("canary77"))
    }

    @Test func aFollowUpRefersToTheFirstMail() throws {
        let server = try MailServer()
        let stage = try stage(server, ["--wait", "20ms"])
        let pending = TradeLine.make { $0.enrichment = "pending" }
        try stage.process.write(pending.line)
        #expect(eventually { stage.alerts.count == 1 })
        try stage.process.write(pending.enriched.line)
        #expect(eventually { stage.alerts.count == 2 })
        let id = try #require(stage.alerts.first?["id"]?.string)
        #expect(
            server.messages.map { $0.text.contains("In-Reply-To: <\(id)@example.net>") } == [false, true])
        #expect(server.messages.allSatisfy { !$0.isEncrypted })
    }

    @Test func deferredMailIsRetriedAndRejectedMailIsNot() throws {
        let server = try MailServer(replies: ["RCPT": ["450 later", "550 5.7.1 no such mailbox here"]])
        let stage = try stage(server, ["--dead-letters", directory.file("dead")])
        try stage.process.write(TradeLine.make().line)
        #expect(eventually { stage.alerts.first?.outcome == "dead" })
        #expect(stage.alerts.first?["channels"]?.array?.first?["attempts"]?.integer == 2)
        #expect(
            try JSON(directory.read("dead").trimmed)["reason"]?.string?.contains(
                "(550): 5.7.1 no such mailbox here") == true)
    }

    @Test(arguments: [
        (["--smtp", "smtp://mail.example.org", "--smtp-tls", "never"], "this machine"),
        (["--smtp", "smtp://ada:s3cret@mail.example.org"], "without a user's name"),
        (["--smtp", "https://mail.example.org"], "smtp://"),
        (["--smtp", "smtp://mail.example.org", "--smtp-user", "ada"], "--smtp-password-file"),
    ])
    func settingsThatWouldExposeASecretAreErrors(arguments: [String], reason: String) throws {
        let stage = try AlertProcess(arguments, in: directory)
        #expect(try stage.process.wait() == .status(64))
        #expect(stage.process.errors.contains(reason))
    }
}
