import PMJSON
import TestSupport
import Testing

struct RequestFaultTests {
    private func exchange(_ faults: String) throws -> SimulatedExchange {
        try SimulatedExchange(["--paused"], scenario: #"{"faults":[\#(faults)]}"#)
    }

    @Test func statusesHaveTheRequestedBody() throws {
        let exchange = try exchange(
            #"{"on":"data","do":"status","status":429,"retry_after":3,"body":"html"},{"on":"clob/book","do":"status","status":502}"#
        )
        let refused = try exchange.get("/data/trades")
        #expect(refused.status == 429 && refused.headers["retry-after"] == "3")
        #expect(refused.text.hasPrefix("<!DOCTYPE html>"))
        #expect(try exchange.get("/clob/book").status == 502)
        #expect(try exchange.get("/gamma/markets").status == 200)
        #expect(try exchange.statistics()["refused"]?["data/trades"]?.integer == 1)
    }

    @Test(arguments: [
        #"{"on":"gamma","do":"reset"}"#, #"{"on":"gamma","do":"close"}"#, #"{"on":"gamma","do":"hang"}"#,
    ])
    func noAnswerComes(fault: String) throws {
        let exchange = try exchange(fault)
        #expect(throws: TestFailure.self) { try exchange.get("/gamma/markets", within: .milliseconds(400)) }
    }

    @Test func answersAreDamaged() throws {
        let exchange = try exchange(
            """
            {"on":"gamma/markets","do":"truncate"},{"on":"gamma/events","do":"malformed"},
            {"on":"data/trades","do":"html"},{"on":"data/value","do":"giant","bytes":9000000}
            """)
        let half = try exchange.get("/gamma/markets")
        #expect(half.status == 200 && !half.isComplete && !half.body.isEmpty)
        #expect((try? exchange.json("/gamma/events")) == nil)
        #expect(try exchange.get("/data/trades").text.contains("<html>"))
        #expect(try exchange.get("/data/value?user=0x1").body.count == 9_000_002)
    }

    @Test func answersTakeTheirTime() throws {
        let exchange = try exchange(#"{"on":"data","do":"delay","min_ms":150,"max_ms":250}"#)
        let time = try ContinuousClock().measure { _ = try exchange.get("/data/trades") }
        #expect(time > .milliseconds(150))
    }

    @Test func theFaultStaleAnswersByURL() throws {
        let exchange = try exchange(#"{"on":"data/v2/trades","do":"stale","for_ms":60000}"#)
        let count = { (target: String) in try exchange.json("/data/v2/trades\(target)")["data"]?.array?.count
        }
        #expect(try count("") == 0)
        try exchange.burst(20)
        #expect(eventually { exchange.isSettled })
        #expect(try count("") == 0)
        #expect(try count("?taker_only=false&fresh=1") == 20)
    }

    @Test func aQuotaAnswers429ToTheExcess() throws {
        let exchange = try exchange(
            #"{"on":"data","do":"quota","limit":5,"window_ms":60000,"retry_after":"seconds"}"#)
        let answers = try (1...7).map { _ in try exchange.get("/data/trades") }
        #expect(answers.map(\.status) == [200, 200, 200, 200, 200, 429, 429])
        #expect(try #require(answers.last?.headers["retry-after"].flatMap { Int($0) }) > 50)
    }

    @Test func chanceIsSeeded() throws {
        let statuses = try (1...2).map { _ in
            let exchange = try exchange(#"{"on":"data","do":"status","status":500,"probability":0.5}"#)
            return try (1...12).map { _ in try exchange.get("/data/trades").status }
        }
        #expect(statuses[0] == statuses[1])
        #expect(Set(statuses[0]) == [200, 500])
    }
}
