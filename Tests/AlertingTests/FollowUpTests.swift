import Glibc
import PMJSON
import TestSupport
import Testing

/// Follow-ups: an edit where the receiver supports edits, and a further message elsewhere.
struct FollowUpTests {
    private let directory = try! TemporaryDirectory()

    private func fill(_ number: Int) -> TradeLine {
        TradeLine.make {
            $0.id = "\(number)"
            $0.seq = number
            $0.transaction = "0x\(number)"
            $0.time = "2026-11-22T10:00:0\(number).000Z"
        }
    }

    @Test func aBurstIsOneMessageAndItsEdit() throws {
        let receiver = HTTPStub { _ in .reply(200, body: #"{"id":"77"}"#) }
        try AlertProcess.subscribe("ada", to: receiver.url("/w"), as: "--discord-file", in: directory)
        let stage = try AlertProcess(["--burst", "30s"], in: directory)
        for number in 1...3 { try stage.process.write(fill(number).line) }
        #expect(eventually { receiver.requests.count == 2 })
        #expect(try stage.finish() == .status(0))
        #expect(receiver.requests.map(\.method) == ["POST", "PATCH"])
        #expect(receiver.requests[0].body.contains("in 3 trades") == false)
        #expect(receiver.requests[1].body.contains("$56,700 of Yes at 63¢ in 3 trades"))
        #expect(stage.alerts.map { $0["revision"]?.integer } == [0, 1])
        #expect(stage.alerts[1]["trades"]?.integer == 3)
        #expect(stage.alerts[1]["total_value"]?.numberText == "56700")
        #expect(stage.alerts[1]["average_price"]?.numberText == "0.63")
    }

    @Test(arguments: ["--slack-file", "--webhook-file"])
    func withoutEditsAFollowUpIsAFurtherMessage(option: String) throws {
        let receiver = HTTPStub()
        try AlertProcess.subscribe("ada", to: receiver.url("/"), as: option, in: directory)
        let stage = try AlertProcess(["--burst", "30s", "--chat-interval", "10ms"], in: directory)
        for number in 1...5 { try stage.process.write(fill(number).line) }
        #expect(try stage.finish() == .status(0))
        let bodies = receiver.requests.map(\.body)
        #expect(bodies.count == 2)
        #expect(bodies.last?.contains("in 5 trades") == true)
        #expect(
            bodies.map { $0.contains(option == "--slack-file" ? "Update" : "alert.updated") } == [
                false, true,
            ])
    }

    @Test(arguments: ["--discord-file", "--telegram-file"])
    func aFollowUpOfADeletedMessageIsANewMessage(option: String) throws {
        let isDiscord = option == "--discord-file"
        let receiver = HTTPStub { request in
            switch (isDiscord, request.method == "PATCH" || request.path.hasSuffix("editMessageText")) {
            case (true, true): .reply(404, body: #"{"message":"Unknown Message","code":10008}"#)
            case (true, false): .reply(200, body: #"{"id":"77"}"#)
            case (false, true):
                .reply(400, body: #"{"ok":false,"description":"Bad Request: message to edit not found"}"#)
            case (false, false): .reply(200, body: #"{"ok":true,"result":{"message_id":7}}"#)
            }
        }
        let secret = isDiscord ? receiver.url("/w") : "1:a\n-4\n\(receiver.url(""))"
        try AlertProcess.subscribe("ada", to: secret, as: option, in: directory)
        let stage = try AlertProcess(["--burst", "30s", "--chat-interval", "10ms"], in: directory)
        for number in 1...2 { try stage.process.write(fill(number).line) }
        #expect(eventually { stage.alerts.count == 2 })
        var other = fill(3)
        other.condition = "0xother"
        try stage.process.write(other.line)
        #expect(try stage.finish() == .status(0))
        #expect(stage.alerts.map(\.outcome) == ["delivered", "delivered", "delivered"])
        #expect(receiver.requests.count == 4)
        #expect(receiver.requests[2].body.contains("Update") || isDiscord)
    }

    @Test func aRepeatedTelegramEditCountsAsDelivered() throws {
        let receiver = HTTPStub { request in
            request.path.hasSuffix("editMessageText")
                ? .reply(400, body: #"{"ok":false,"description":"Bad Request: message is not modified"}"#)
                : .reply(200, body: #"{"ok":true,"result":{"message_id":7}}"#)
        }
        try AlertProcess.subscribe(
            "ada", to: "1:a\n-4\n\(receiver.url(""))", as: "--telegram-file", in: directory)
        let stage = try AlertProcess(["--burst", "30s", "--chat-interval", "10ms"], in: directory)
        for number in 1...2 { try stage.process.write(fill(number).line) }
        #expect(try stage.finish() == .status(0))
        #expect(stage.alerts.map(\.outcome) == ["delivered", "delivered"])
    }

    @Test func discordsRateLimitHeadersAreObeyedBeforeARefusal() throws {
        let receiver = HTTPStub {
            .reply(
                200,
                headers: $0.index == 0
                    ? [("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset-After", "5")] : [],
                body: #"{"id":"77"}"#)
        }
        try AlertProcess.subscribe("ada", to: receiver.url("/w"), as: "--discord-file", in: directory)
        let stage = try AlertProcess(in: directory)
        for number in 1...3 { try stage.process.write(fill(number).line) }
        #expect(try stage.finish() == .status(0))
        let times = receiver.requests.map(\.receivedAt)
        #expect(times.count == 3)
        #expect(times[0].duration(to: times[1]) >= .seconds(5))
        #expect(times[1].duration(to: times[2]) < .seconds(5))
    }

    @Test func sighupReopensAClosedChannel() throws {
        let receiver = HTTPStub { request in request.path == "/gone" ? .reply(410) : .reply(200) }
        try AlertProcess.subscribe("ada", to: receiver.url("/gone"), as: "--webhook-file", in: directory)
        let stage = try AlertProcess(in: directory)
        for number in 1...2 { try stage.process.write(fill(number).line) }
        #expect(eventually { stage.alerts.count == 2 })
        #expect(receiver.requests.count == 1)
        try directory.write(receiver.url("/there") + "\n", to: "ada--webhook-file.secret")
        stage.process.kill(SIGHUP)
        #expect(eventually { stage.process.errors.contains("reloading settings") })
        try stage.process.write(fill(3).line)
        #expect(try stage.finish() == .status(0))
        #expect(stage.alerts.map(\.outcome) == ["dead", "dead", "delivered"])
    }
}
