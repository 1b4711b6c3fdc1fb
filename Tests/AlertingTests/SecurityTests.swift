import AlertFixtures
import Foundation
import PMJSON
import TestSupport
import Testing

/// One test for each line of pm-alert's part of the security checklist, here or with the tested part:
///
/// | subject | test |
/// |---|---|
/// | certificates: unknown, expired, of another host, SHA-1; TLS 1.2 at least | `TrustTests`, `MailTests` (CurlTests) |
/// | mentions, markup and links on Discord, Slack, Telegram | `InjectionTests` |
/// | e-mail: header lines, dots, encoded words; commands to the server | `InjectionTests`, `MailTests` |
/// | terminal escapes in records and messages | `aTradesTextsCannotControlATerminal`, `InjectionTests` |
/// | private addresses, in every spelling, by name, translated | `AddressPolicyTests`, `privateAddressesNeedAllowPrivate` |
/// | redirections; schemes; user names in addresses | `aRedirectionIsNotFollowed`, `onlyHTTPSAddressesGetDeliveries` |
/// | secrets: arguments, logs, records, status, outbox, database, core | `SecretTests` |
/// | files of mode 0600; descriptors and environment of programs; no shell | below |
/// | the live page: loopback or a token, Host, Origin, number of viewers | `AccessTests` (LivePageTests), `LiveTests` |
struct SecurityTests {
    private let directory = try! TemporaryDirectory()

    @Test func onlyTheOwnerCanReadTheFiles() throws {
        let stage = try AlertProcess(
            [
                "--ledger", directory.file("ledger"), "--dead-letters", directory.file("dead"), "--rejects",
                directory.file("rejects"),
            ], in: directory)
        #expect(try stage.finish() == .status(0))
        for file in ["ledger", "dead", "rejects"] {
            let mode = try FileManager.default.attributesOfItem(atPath: directory.file(file))[
                .posixPermissions]
            #expect(mode as? Int == 0o600, "\(file)")
        }
    }

    @Test func aProgramInheritsNothingButItsInput() throws {
        let script = try directory.write(
            "#!/bin/sh\nls -l /proc/self/fd >'\(directory.file("fds"))'\nenv >'\(directory.file("env"))'\n",
            to: "program.sh")
        chmod(script, 0o755)
        try AlertProcess.run("subscribe", ["--name", "ada", "--command", script], in: directory)
        let stage = try AlertProcess(
            ["--ledger", directory.file("ledger"), "--live", "127.0.0.1:0"], in: directory,
            environment: ["SECRET_CANARY": "canary"])
        try stage.process.write(TradeLine.make().line)
        #expect(eventually { stage.alerts.first?.outcome == "delivered" })
        let files = try directory.read("fds")
        #expect(
            !files.contains("socket:") && !files.contains("ledger") && !files.contains("pm.db"), "\(files)")
        #expect(try !directory.read("env").contains("canary"))
    }

    @Test func noShellInterpretsAProgramsPath() throws {
        let name = directory.file("x; touch \(directory.file("touched")); #")
        try directory.write("#!/bin/sh\nexit 0\n", to: "x")
        #expect(
            try AlertProcess.run("subscribe", ["--name", "a", "--command", name], in: directory).exit
                != .status(0))
        let line = #"{"name":"ada","settings":[{"channel":"command","target":"\#(name)"}]}"#
        let subscribers = try directory.write(line + "\n", to: "subscribers")
        let stage = try AlertProcess(["--subscribers", subscribers, "--drain", "200ms"], in: directory)
        try stage.process.write(TradeLine.make().line)
        #expect(try stage.finish() == .status(0))
        #expect(!FileManager.default.fileExists(atPath: directory.file("touched")))
    }

    @Test func aPublicPageNeedsAToken() throws {
        let bare = try AlertProcess(["--live", "0.0.0.0:0"], in: directory)
        #expect(try bare.process.wait() == .status(64))
        let short = try directory.write("tooshort\n", to: "short")
        let weak = try AlertProcess(["--live", "0.0.0.0:0", "--live-token-file", short], in: directory)
        #expect(try weak.process.wait() == .status(78))
    }

    @Test func aRedirectionIsNotFollowed() throws {
        let other = HTTPStub()
        let receiver = HTTPStub { _ in .reply(307, headers: [("Location", other.url("/"))]) }
        try AlertProcess.subscribe("ada", to: receiver.url("/"), as: "--webhook-file", in: directory)
        let stage = try AlertProcess(in: directory)
        try stage.process.write(TradeLine.make().line)
        #expect(eventually { stage.alerts.first?.outcome == "dead" })
        #expect(other.requests.isEmpty)
    }

    @Test(arguments: [
        "http://example.org/", "file:///etc/passwd", "ftp://example.org/", "https://u:p@127.0.0.1/",
    ])
    func onlyHTTPSAddressesGetDeliveries(url: String) throws {
        let secret = try directory.write(url + "\n", to: "secret")
        let subscribers = try directory.write(
            #"{"name":"ada","settings":[{"channel":"webhook","target":"\#(secret)"}]}"# + "\n",
            to: "subscribers")
        let process = try ChildProcess(
            Executables.path("pm-alert"), ["--subscribers", subscribers, "--drain", "200ms"],
            input: .text(TradeLine.make().line))
        #expect(try process.wait() == .status(0))
        #expect(!process.output.contains(#""outcome":"delivered""#))
    }

    @Test func aTradesTextsCannotControlATerminal() throws {
        let stage = try AlertProcess(in: directory)
        try stage.process.write(TradeLine.make { $0.title = "a\u{1B}[2Jb\u{9B}31mc\u{202E}d\u{200B}e" }.line)
        #expect(eventually { stage.alerts.count == 1 })
        let shown = stage.process.output.unicodeScalars.filter { $0 != "\n" }
        #expect(
            !shown.contains {
                $0.value < 0x20 || 0x7F...0x9F ~= $0.value || $0.value == 0x202E || $0.value == 0x200B
            })
    }
}
