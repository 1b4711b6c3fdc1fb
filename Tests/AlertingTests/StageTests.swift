import Glibc
import PMJSON
import TestSupport
import Testing

struct StageTests {
    private let directory = try! TemporaryDirectory()

    @Test func withoutSubscribersEveryAlertIsALineOnStandardOutput() throws {
        let stage = try AlertProcess(in: directory)
        try stage.process.write(TradeLine.make().line)
        try stage.process.write(
            TradeLine.make {
                $0.id = "2"
                $0.transaction = "0x2"
                $0.tier = nil
                $0.tags = ["SMART_MONEY"]
            }.line)
        #expect(eventually { stage.alerts.count == 2 })
        #expect(try stage.finish() == .status(0))
        #expect(stage.alerts.map { $0["rule"]?.string } == ["WHALE_MOVEMENT", "SMART_MONEY_ENTRY"])
        #expect(
            stage.alerts[0]["message"]?.string == "Mega whale buys $18,900 of Yes at 63¢: Will Malta win?")
    }

    @Test func aDiscordChannelGetsAnEmbedInItsTiersColour() throws {
        let receiver = HTTPStub { _ in .reply(200, body: #"{"id":"77"}"#) }
        try AlertProcess.subscribe(
            "ada", to: receiver.url("/api/webhooks/1/x"), as: "--discord-file", in: directory)
        let stage = try AlertProcess(in: directory)
        try stage.process.write(
            TradeLine.make { $0.title = "**@everyone** <@1> [x](http://evil)" }.enriched.line)
        #expect(eventually { stage.alerts.first?.outcome == "delivered" })
        let delivery = try #require(receiver.requests.first)
        #expect(delivery.path == "/api/webhooks/1/x")
        #expect(delivery.query == "wait=true")
        let message = try JSON(delivery.body)
        #expect(message["allowed_mentions"]?["parse"] == .array([]))
        let embed = try #require(message["embeds"]?.array?.first)
        #expect(embed["color"]?.integer == 0x00FFFF)
        #expect(embed["title"]?.string == #"\*\*\@everyone\*\* \<\@1\> \[x\]\(http\://evil\)"#)
        let fields = (embed["fields"]?.array ?? []).map {
            ($0["name"]?.string ?? "", $0["value"]?.string ?? "")
        }
        let values = Dictionary(uniqueKeysWithValues: fields)
        #expect(values["Price"] == "63¢")
        #expect(values["Win rate"] == "71%")
        #expect(values["Profit"] == "$81,251")
        #expect(values["Impact"] == "4 levels, 1.25% slippage, the whole side")
        #expect(try stage.finish() == .status(0))
    }

    @Test func aFollowUpEditsTheMessageOnDiscord() throws {
        let receiver = HTTPStub { _ in .reply(200, body: #"{"id":"77"}"#) }
        try AlertProcess.subscribe(
            "ada", to: receiver.url("/w?thread_id=5"), as: "--discord-file", in: directory)
        let stage = try AlertProcess(["--wait", "50ms"], in: directory)
        let pending = TradeLine.make { $0.enrichment = "pending" }
        try stage.process.write(pending.line)
        #expect(eventually { stage.alerts.count == 1 })
        try stage.process.write(pending.enriched.line)
        #expect(eventually { stage.alerts.count == 2 })
        #expect(receiver.requests.map(\.method) == ["POST", "PATCH"])
        #expect(receiver.requests.last?.path == "/w/messages/77")
        #expect(receiver.requests.allSatisfy { $0.query.contains("thread_id=5") })
        #expect(stage.alerts.map { $0["revision"]?.integer } == [0, 1])
        #expect(stage.alerts[0]["id"] == stage.alerts[1]["id"])
    }

    @Test(
        arguments: [
            ([("Retry-After", "1")], #"{}"#),
            ([("Retry-After", "0.9")], #"{"retry_after": 1.0, "global": false}"#),
            ([], #"{"message":"rate limited","retry_after": 1.01}"#),
        ])
    func aRateLimitIsKeptToTheMillisecond(headers: [(String, String)], body: String) throws {
        let receiver = HTTPStub {
            $0.index == 0 ? .reply(429, headers: headers, body: body) : .reply(204)
        }
        try AlertProcess.subscribe("ada", to: receiver.url("/"), as: "--discord-file", in: directory)
        let stage = try AlertProcess(in: directory)
        try stage.process.write(TradeLine.make().line)
        #expect(eventually { stage.alerts.first?.outcome == "delivered" })
        let times = receiver.requests.map(\.receivedAt)
        #expect(times.count == 2)
        #expect(times[0].duration(to: times[1]) >= .seconds(1))
        #expect(times[0].duration(to: times[1]) < .seconds(10))
    }

    @Test func aFailureIsRetriedAndARejectionIsNot() throws {
        let receiver = HTTPStub { request in
            if request.path == "/bad" { return .reply(400) }
            return request.index < 3 ? [.reply(500), .reset, .reply(502)][request.index % 3] : .reply(200)
        }
        try AlertProcess.subscribe("ada", to: receiver.url("/good"), as: "--webhook-file", in: directory)
        let stage = try AlertProcess(in: directory)
        try stage.process.write(TradeLine.make().line)
        #expect(eventually { stage.alerts.first?.outcome == "delivered" })
        #expect(Set(receiver.requests.map { $0.headers["webhook-id"] }).count == 1)
        #expect(try stage.finish() == .status(0))

        try AlertProcess.subscribe("ada", to: receiver.url("/bad"), as: "--webhook-file", in: directory)
        let other = try AlertProcess(in: directory)
        try other.process.write(TradeLine.make().line)
        #expect(eventually { other.alerts.first?.outcome == "dead" })
        #expect(receiver.requests.count { $0.path == "/bad" } == 1)
    }

    @Test func aHangingChannelDelaysNoOther() throws {
        let receiver = HTTPStub { request in request.path == "/slow" ? .hang : .reply(200) }
        try AlertProcess.subscribe("slow", to: receiver.url("/slow"), as: "--webhook-file", in: directory)
        try AlertProcess.subscribe("fast", to: receiver.url("/fast"), as: "--webhook-file", in: directory)
        let stage = try AlertProcess(["--drain", "100ms"], in: directory)
        for number in 0..<20 {
            try stage.process.write(
                TradeLine.make {
                    $0.id = "\(number)"
                    $0.transaction = "0x\(number)"
                }.line)
        }
        #expect(eventually { receiver.requests.count { $0.path == "/fast" } == 20 })
        #expect(receiver.requests.count { $0.path == "/slow" } == 1, "the first attempt has not ended yet")
        #expect(try stage.finish() == .status(0))
        #expect(stage.alerts.count { $0.outcome == "pending" } == 20)
    }

    /// Each hanging receiver keeps a connection, so that enough others must remain.
    @Test func manyHangingChannelsDelayNoOther() throws {
        let receiver = HTTPStub { request in request.path == "/fast" ? .reply(200) : .hang }
        let names = (0..<60).map { "slow\($0)" } + ["fast"]
        let lines = try names.map { name in
            let secret = try directory.write(receiver.url("/\(name)") + "\n", to: name)
            return #"{"name":"\#(name)","settings":[{"channel":"webhook","target":"\#(secret)"}]}"#
        }
        let subscribers = try directory.write(lines.joined(separator: "\n"), to: "subscribers")
        let stage = try AlertProcess(
            ["--subscribers", subscribers, "--drain", "100ms", "--timeout", "1m"], in: directory)
        try stage.process.write(TradeLine.make().line)
        #expect(eventually { receiver.requests.count == 61 })
        for number in 1...5 {
            try stage.process.write(
                TradeLine.make {
                    $0.id = "\(number)"
                    $0.transaction = "0x\(number)"
                }.line)
        }
        #expect(eventually { receiver.requests.count { $0.path == "/fast" } == 6 })
        #expect(try stage.finish() == .status(0))
    }

    @Test func noTradeIsDecidedOnBeforeTheSubscribersAreKnown() throws {
        let receiver = HTTPStub { _ in .reply(200) }
        let stage = try AlertProcess(["--subscribers", directory.file("subscribers")], in: directory)
        try stage.process.write(TradeLine.make().line)
        #expect(eventually { stage.process.errors.contains("unable to read the subscribers") })
        let secret = try directory.write(receiver.url("/ada") + "\n", to: "ada")
        try directory.write(
            #"{"name":"ada","settings":[{"channel":"webhook","target":"\#(secret)"}]}"#, to: "subscribers")
        #expect(eventually { receiver.requests.count == 1 }, "a retry within seconds")
        #expect(try stage.finish() == .status(0))
    }

    @Test func deliveriesGoOnAfterTheEndOfInput() throws {
        let receiver = HTTPStub {
            $0.index < 2 ? .reply(429, headers: [("Retry-After", "1")]) : .reply(200)
        }
        try AlertProcess.subscribe("ada", to: receiver.url("/"), as: "--webhook-file", in: directory)
        let stage = try AlertProcess(in: directory)
        try stage.process.write(TradeLine.make { $0.enrichment = "pending" }.line)
        #expect(try stage.finish() == .status(0))
        #expect(stage.alerts.map(\.outcome) == ["delivered"])
    }

    @Test func aClosedOutputEndsTheStageWithoutAMessage() throws {
        let process = try ChildProcess(
            Executables.path("pm-alert"),
            ["--database", AlertProcess.database(directory), "--log-level", "warning"],
            input: .pipe, output: .pipe)
        process.closeOutput()
        try process.write(TradeLine.make().line)
        #expect(try process.wait() == .status(0))
        #expect(process.errors == "")
    }

    @Test func sighupReloadsTheSubscribers() throws {
        let receiver = HTTPStub()
        let stage = try AlertProcess(in: directory)
        #expect(eventually { stage.process.errors.contains("no subscribers") })
        try AlertProcess.subscribe("ada", to: receiver.url("/"), as: "--webhook-file", in: directory)
        stage.process.kill(SIGHUP)
        #expect(eventually { stage.process.errors.contains("subscribers: 1") })
        try stage.process.write(TradeLine.make().line)
        #expect(eventually { receiver.requests.count == 1 })
        try AlertProcess.run("unsubscribe", ["--name", "ada"], in: directory)
        #expect(try AlertProcess.run("subscribers", [], in: directory).output == "")
        #expect(try AlertProcess.run("unsubscribe", ["--name", "ada"], in: directory).exit == .status(64))
    }

    @Test func privateAddressesNeedAllowPrivate() throws {
        let receiver = HTTPStub()
        let url = receiver.url("/").replacing("http://", with: "https://")
        try AlertProcess.subscribe("ada", to: url, as: "--webhook-file", in: directory)
        let process = try ChildProcess(
            Executables.path("pm-alert"), ["--database", AlertProcess.database(directory)],
            input: .text(TradeLine.make().line))
        #expect(try process.wait() == .status(0))
        #expect(process.output.contains(#""outcome":"dead""#))
        #expect(receiver.requests.isEmpty)
    }
}
