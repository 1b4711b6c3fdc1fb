import AlertFixtures
import Alerting
import Crypto
import Database
import Foundation
import PMJSON
import TestSupport
import Testing

struct ChannelTests {
    private let directory = try! TemporaryDirectory()
    private let hostile = TradeLine.make {
        $0.title = "a <b>b</b> & *c* _d_ @everyone <!channel> [x](http://evil)\r\nBcc: e@f"
    }

    @Test func aWebhookIsSignedByStandardWebhooks() throws {
        let receiver = HTTPStub()
        let keys = ["whsec_\(base64(Array(0..<32)))", "whsec_\(base64(Array(32..<64)))"]
        try AlertProcess.subscribe(
            "ada", to: ([receiver.url("/")] + keys).joined(separator: "\n"), as: "--webhook-file",
            in: directory)
        let stage = try AlertProcess(in: directory)
        try stage.process.write(TradeLine.make().line)
        #expect(eventually { stage.alerts.first?.outcome == "delivered" })
        let delivery = receiver.requests[0]
        let id = try #require(delivery.headers["webhook-id"])
        let time = try #require(delivery.headers["webhook-timestamp"])
        let content = Array("\(id).\(time).\(delivery.body)".utf8)
        let expected = [Array(UInt8(0)..<32), Array(UInt8(32)..<64)].map { key in
            let digest = hmacSHA256(key: key, message: content)
            return "v1," + base64((0..<32).map { digest.bytes[$0] })
        }
        #expect(delivery.headers["webhook-signature"] == expected.joined(separator: " "))
        #expect(delivery.body.utf8.count < 20_000)
    }

    @Test func telegramGetsHTMLWithTheTradesTextsEscaped() throws {
        let receiver = HTTPStub {
            switch $0.index {
            case 0: .reply(429, body: #"{"ok":false,"parameters":{"retry_after":1}}"#)
            case 1: .reply(400, body: #"{"ok":false,"parameters":{"migrate_to_chat_id":-1005}}"#)
            default: .reply(200, body: #"{"ok":true,"result":{"message_id":7}}"#)
            }
        }
        try AlertProcess.subscribe(
            "ada", to: "123:AbC-d_e\n-42\n\(receiver.url(""))", as: "--telegram-file", in: directory)
        let stage = try AlertProcess(["--wait", "50ms"], in: directory)
        var pending = hostile
        pending.enrichment = "pending"
        try stage.process.write(pending.line)
        #expect(eventually { stage.alerts.first?.outcome == "delivered" })
        try stage.process.write(pending.enriched.line)
        #expect(eventually { stage.alerts.count == 2 })
        let deliveries = receiver.requests
        #expect(deliveries.map(\.path).first == "/bot123:AbC-d_e/sendMessage")
        #expect(deliveries.last?.path == "/bot123:AbC-d_e/editMessageText")
        #expect(deliveries[0].receivedAt.duration(to: deliveries[1].receivedAt) >= .seconds(1))
        let bodies = try deliveries.map { try JSON($0.body) }
        #expect(bodies.map { $0["chat_id"]?.string } == ["-42", "-42", "-1005", "-1005"])
        #expect(bodies[3]["message_id"]?.integer == 7)
        let text = try #require(bodies[0]["text"]?.string)
        #expect(text.contains("&lt;b&gt;b"))
        #expect(!text.contains("<!channel>") && !text.contains("@everyone") && !text.contains("\r"))
    }

    @Test func telegramMessagesGoToTheTopicOfAGroup() throws {
        let receiver = HTTPStub { _ in .reply(200, body: #"{"ok":true,"result":{"message_id":7}}"#) }
        try AlertProcess.subscribe(
            "ada", to: "123:AbC\n-1001:42\n\(receiver.url(""))", as: "--telegram-file", in: directory)
        try AlertProcess.subscribe(
            "eve", to: "123:AbC\n-1001\n\(receiver.url(""))", as: "--telegram-file", in: directory)
        try directory.write("123:AbC\n-1001:general\n", to: "eve--telegram-file.secret")
        let stage = try AlertProcess(["--wait", "50ms"], in: directory)
        let pending = TradeLine.make { $0.enrichment = "pending" }
        try stage.process.write(pending.line)
        #expect(eventually { receiver.requests.count == 1 })
        try stage.process.write(pending.enriched.line)
        #expect(eventually { receiver.requests.count == 2 })
        let bodies = try receiver.requests.map { try JSON($0.body) }
        #expect(bodies.map { $0["chat_id"]?.string } == ["-1001", "-1001"])
        // An edit names the message alone.
        #expect(bodies.map { $0["message_thread_id"]?.integer } == [42, nil])
        #expect(eventually { stage.process.errors.contains("does not hold a chat's id") })
    }

    @Test func slackGetsBlocksWithTheTradesTextsEscaped() throws {
        let receiver = HTTPStub { _ in .reply(200, body: "ok") }
        try AlertProcess.subscribe("ada", to: receiver.url("/services/x"), as: "--slack-file", in: directory)
        let stage = try AlertProcess(in: directory)
        try stage.process.write(hostile.enriched.line)
        #expect(eventually { stage.alerts.first?.outcome == "delivered" })
        let body = try JSON(receiver.requests[0].body)
        let text = (body["blocks"]?.array ?? []).compactMap { $0["text"]?["text"]?.string }.joined()
        #expect(text.contains("&lt;!channel&gt;"))
        #expect(!text.contains("<!channel>"))
        #expect(body["text"]?.string?.contains("<!") == false)
    }

    @Test func aProgramGetsTheAlertOnItsInputAndIsRunAgainUntilItSucceeds() throws {
        let script = try directory.write(
            """
            #!/bin/sh
            if [ ! -e '\(directory.file("once"))' ]; then : >'\(directory.file("once"))'; exit 75; fi
            cat >'\(directory.file("got"))'
            env >'\(directory.file("env"))'
            """, to: "program.sh")
        chmod(script, 0o755)
        try AlertProcess.run("subscribe", ["--name", "ada", "--command", script], in: directory)
        let stage = try AlertProcess(in: directory, environment: ["SECRET_CANARY": "canary"])
        try stage.process.write(TradeLine.make().line)
        #expect(eventually { stage.alerts.first?.outcome == "delivered" })
        #expect(stage.alerts.first?["channels"]?.array?.first?["attempts"]?.integer == 2)
        let got = try JSON(directory.read("got").trimmed)
        #expect(got["rule"]?.string == "WHALE_MOVEMENT")
        #expect(try !directory.read("env").contains("canary"))
    }

    @Test func aTradesTextsCannotSplitAMail() throws {
        let script = try directory.write(
            """
            #!/bin/sh
            echo "$*" >'\(directory.file("arguments"))'
            cat >'\(directory.file("mail"))'
            """, to: "sendmail.sh")
        chmod(script, 0o755)
        try AlertProcess.run("subscribe", ["--name", "ada", "--email", "ada@example.org"], in: directory)
        let stage = try AlertProcess(["--sendmail", script, "--mail-from", "pm@example.net"], in: directory)
        try stage.process.write(hostile.enriched.line)
        #expect(eventually { stage.alerts.first?.outcome == "delivered" })
        #expect(try directory.read("arguments") == "-i -- ada@example.org\n")
        let mail = try directory.read("mail")
        let head = mail.components(separatedBy: "\n\n")[0].split(separator: "\n")
        #expect(head.allSatisfy { $0.utf8.count <= 78 && $0.utf8.allSatisfy { $0 < 0x7F } })
        #expect(!head.contains { $0.lowercased().hasPrefix("bcc") })
        let id = try #require(stage.alerts.first?["id"]?.string)
        #expect(head.contains("Message-ID: <\(id)@example.net>"))
        #expect(head.contains { $0.hasPrefix("Subject: =?utf-8?B?") })
    }

    @Test(arguments: [
        "a@b\r\nBcc: c@d", "a@b, c@d", "-oQ/tmp@x", "a@b c", "<a@b>", "a", "@", "a@@b", "",
    ])
    func onlyASingleAddressIsAnAddress(text: String) {
        #expect(!EmailChannel.isAddress(text))
    }

    @Test func aSampleGoesToAllChannelsOfASubscriber() throws {
        let receiver = HTTPStub()
        try AlertProcess.subscribe("ada", to: receiver.url("/"), as: "--webhook-file", in: directory)
        let test = try AlertProcess.run("test", ["--subscriber", "ada", "--allow-private"], in: directory)
        #expect(test.exit == .status(0), "\(test.errors)")
        #expect(try JSON(test.output.trimmed).outcome == "delivered")
        #expect(receiver.requests.count == 1)
        #expect(try AlertProcess.run("test", ["--subscriber", "eve"], in: directory).exit == .status(64))
    }

    @Test func explainPrintsADecisionForEveryTrade() throws {
        let receiver = HTTPStub()
        try AlertProcess.subscribe(
            "ada", to: receiver.url("/"), as: "--webhook-file", ["--tiers", "GOD_WHALE"], in: directory)
        let input = TradeLine.make().line + TradeLine.make { $0.tier = nil }.line
        let explain = try ChildProcess(
            Executables.path("pm-alert"), ["explain", "--database", AlertProcess.database(directory)],
            input: .text(input))
        #expect(try explain.wait() == .status(0))
        let lines = try explain.output.split(separator: "\n").map { try JSON(String($0)) }
        #expect(lines.count == 2)
        #expect(lines[0]["rule"]?.string == "WHALE_MOVEMENT")
        #expect(lines[0]["subscribers"]?.array?.first?["told"]?.bool == false)
        #expect(lines[0]["subscribers"]?.array?.first?["reason"]?.string?.contains("tier") == true)
        #expect(lines[1]["rule"] == nil)
        #expect(lines[1]["reason"]?.string?.contains("no tier") == true)
        #expect(receiver.requests.isEmpty)
    }

    @Test func theSubscribersFileHasTheFormThatSubscribersPrints() throws {
        let receiver = HTTPStub()
        try AlertProcess.subscribe(
            "ada", to: receiver.url("/"), as: "--webhook-file",
            [
                "--types", "WHALE_MOVEMENT", "--min-value", "1000.50", "--tiers", "MEGA_WHALE", "--wallets",
                "0xF5848342fc388908f2d25a9012cc18a0ad193979", "--markets", "unl-and-mal-2026-09-24",
                "--categories",
                "unl", "--sides", "buy", "--max-price", "0.63", "--cooldown", "10m", "--roles", "taker",
            ], in: directory)
        let listed = try AlertProcess.run("subscribers", [], in: directory).output
        let setting = try #require(JSON(listed.trimmed)["settings"]?.array?.first)
        #expect(setting["sides"] == .array([.string("BUY")]))
        #expect(setting["cooldown_ms"]?.integer == 600_000)
        #expect(setting["roles"]?.string == "taker")
        #expect(setting["max_price"]?.numberText == "0.63")
        let file = try directory.write(listed, to: "subscribers")
        let stage = try ChildProcess(
            Executables.path("pm-alert"), ["--subscribers", file, "--allow-private"],
            input: .text(
                [TradeLine.make(), .make { $0.side = "SELL" }, .make { $0.role = "maker" }].map(\.line)
                    .joined()))
        #expect(try stage.wait() == .status(0))
        #expect(receiver.requests.count == 1)
    }

    @Test(arguments: [
        #"{"name":"ada"}"#, #"{"name":"ada","settings":[{"channel":"pigeon","target":"x"}]}"#,
        #"{"name":"ada","settings":[{"channel":"email","target":"a@b","min_valeu":5}]}"#,
        #"{"name":"ada","settings":[{"channel":"email","target":"a@b","max_price":"cheap"}]}"#,
        #"{"name":"ada","settings":[{"channel":"email","target":"a@b","roles":"both"}]}"#, "ada",
    ])
    func anInvalidSubscribersFileIsAnError(line: String) throws {
        let file = try directory.write("\n\(line)\n", to: "subscribers")
        let explain = try ChildProcess(
            Executables.path("pm-alert"), ["explain", "--subscribers", file], input: .text(""))
        #expect(try explain.wait() == .status(78))
        #expect(explain.errors.contains("line 2 is no subscriber"))
    }

    @Test func aSecretCanBeAnEnvironmentVariable() throws {
        let receiver = HTTPStub()
        try AlertProcess.run(
            "subscribe", ["--name", "ada", "--webhook-file", "env:PM_TEST_HOOK"], in: directory,
            environment: ["PM_TEST_HOOK": receiver.url("/from-env")])
        let stage = try AlertProcess(in: directory, environment: ["PM_TEST_HOOK": receiver.url("/from-env")])
        try stage.process.write(TradeLine.make().line)
        #expect(eventually { receiver.requests.first?.path == "/from-env" })
    }
}
