import PMJSON
import PMRecord
import TestSupport
import Testing

struct HooksTests {
    @Test func receiversKeepTheirDeliveriesAndAnswerByScript() throws {
        let exchange = try SimulatedExchange(["--paused"])
        try exchange.script(
            "discord",
            #"[{"status":429,"retry_after":0.3,"body":"discord"},500,{"status":200,"body":"json"}]"#)
        let statuses = try (1...4).map { number in
            try PlainHTTP.request(
                "POST", port: exchange.port, "/hooks/discord/api/token?thread=1", body: "{\"n\":\(number)}",
                headers: [("webhook-id", "alert-\(number)"), ("User-Agent", "pm-alert")]
            ).status
        }
        #expect(statuses == [429, 500, 200, 204])
        let received = try exchange.received(by: "discord")
        #expect(received.map { $0["body"]?.string } == (1...4).map { "{\"n\":\($0)}" })
        #expect(received.map { $0["status"]?.integer } == statuses)
        #expect(received[0]["path"]?.string == "/hooks/discord/api/token?thread=1")
        #expect(received[0]["wait_ms"]?.integer == 300)
        #expect(received[2]["headers"]?["webhook-id"]?.string == "alert-3")
        let times = received.compactMap { $0["at"]?.string.flatMap { Timestamp($0) } }
        #expect(times.count == 4 && times == times.sorted())
        #expect(try exchange.received(by: "unknown").isEmpty)
    }

    @Test(
        arguments: [
            (#"{"status":429,"retry_after":2}"#, "2"),
            (#"{"status":429,"retry_after":"seconds","wait_ms":1200}"#, "2"),
            (#"{"status":429,"retry_after":"zero"}"#, "0"),
            (#"{"status":429,"retry_after":"negative"}"#, "-5"),
            (#"{"status":429,"retry_after":"absurd"}"#, "86400000"), (#"{"status":429}"#, nil),
            (#"{"status":429,"retry_after":0.3,"body":"discord"}"#, "1"),
            (#"{"status":429,"retry_after":"soon"}"#, "soon"),
        ] as [(String, String?)])
    func retryAfterComesInEveryForm(step: String, header: String?) throws {
        let exchange = try SimulatedExchange(scenario: #"{"hooks":{"*":[\#(step)]}}"#)
        #expect(try exchange.post("/hooks/any").headers["retry-after"] == header)
    }

    @Test func discordPutsTheWaitInItsBody() throws {
        let exchange = try SimulatedExchange(
            scenario: #"{"hooks":{"d":[{"status":429,"retry_after":0.35,"body":"discord"}]}}"#)
        let answer = try exchange.post("/hooks/d")
        #expect(try JSON(answer.body)["retry_after"] == .number("0.35"))
        #expect(answer.headers["x-ratelimit-reset-after"] == "0.35")
    }

    @Test func aDateIsADate() throws {
        let exchange = try SimulatedExchange(
            scenario: #"{"hooks":{"d":[{"status":503,"retry_after":"date","wait_ms":3000}]}}"#)
        let date = try #require(exchange.post("/hooks/d").headers["retry-after"])
        #expect(date.hasSuffix(" GMT") && date.count == 29)
    }

    @Test func servicesAnswerInTheirOwnWay() throws {
        let exchange = try SimulatedExchange()
        #expect(try JSON(exchange.post("/hooks/t/bot1:x/sendMessage").body)["result"]?["message_id"] != nil)
        #expect(try JSON(exchange.post("/hooks/d/x?wait=true").body)["id"]?.string != nil)
        #expect(try exchange.post("/hooks/s/x").status == 204)
    }

    @Test func receiversHangAndReset() throws {
        let exchange = try SimulatedExchange(scenario: #"{"hooks":{"x":["hang","reset",410]}}"#)
        #expect(throws: TestFailure.self) {
            try PlainHTTP.request(
                "POST", port: exchange.port, "/hooks/x", body: "", within: .milliseconds(300))
        }
        #expect(throws: TestFailure.self) { try exchange.post("/hooks/x") }
        #expect(try exchange.post("/hooks/x").status == 410)
        #expect(try exchange.received(by: "x").count == 3)
    }
}
