import PMJSON
import TestSupport
import Testing
import WebSockets

/// Each fault as a client on the other side of a real socket meets it.
struct FeedMisbehaviourTests {
    private func listener(under fault: String, rate: Int = 400, longestMessage: Int = 1 << 20) throws -> (
        SimulatedExchange, FeedListener
    ) {
        let exchange = try SimulatedExchange(["--rate", "\(rate)"], scenario: #"{"faults":[\#(fault)]}"#)
        let listener = try FeedListener(exchange.url("rtds"), longestMessage: longestMessage)
        listener.subscribe(["trades"])
        return (exchange, listener)
    }

    @Test(
        arguments: [
            (#"{"on":"rtds","do":"reset","after":3}"#, 1006), (#"{"on":"rtds","do":"fin","after":3}"#, 1006),
            (#"{"on":"rtds","do":"close","code":1008,"after":3}"#, 1008),
            // libwebsockets, our client, knows no code above 1011
            (#"{"on":"rtds","do":"close","code":1013,"reason":"slow","after":3}"#, 1002),
            (#"{"on":"rtds","do":"bad_utf8","after":3}"#, 1007),
            (#"{"on":"rtds","do":"close","code":1011}"#, 1011),
        ] as [(String, UInt16)])
    func theConnectionEnds(fault: String, code: UInt16) throws {
        let (exchange, listener) = try listener(under: fault)
        try listener.listen { listener.ending != nil }
        #expect(listener.ending?.code.rawValue == code)
        withExtendedLifetime(exchange) {}
    }

    @Test(
        arguments: [
            (#"{"on":"rtds","do":"refuse","status":429,"retry_after":7,"body":"html"}"#, 429, "7"),
            (#"{"on":"rtds","do":"refuse","status":503}"#, 503, nil),
            (
                #"{"on":"rtds","do":"refuse","status":302,"headers":{"Location":"http://x.example/"},"body":"html"}"#,
                302, nil
            ),
        ] as [(String, Int, String?)])
    func theUpgradeIsRefused(fault: String, status: Int, retryAfter: String?) throws {
        let (exchange, listener) = try listener(under: fault)
        #expect(listener.failure?.status == status)
        #expect(listener.failure?.retryAfter == retryAfter)
        #expect(try exchange.statistics()["rtds"]?["refused"]?.integer == 1)
    }

    @Test func aFrozenFeedStillAnswersPings() throws {
        let (exchange, listener) = try listener(
            under: #"{"on":"rtds","do":"freeze","for_ms":3000,"after":5}"#)
        try listener.listen { listener.objects.count == 5 }
        try listener.awaitPing()
        #expect(listener.objects.count == 5 && listener.texts.last == "")
        #expect(try listener.listen { listener.objects.count > 6 })
        let lost = try keys(exchange.truth()).count - listener.objects.count
        #expect(lost > 50)
    }

    @Test func aHalfOpenConnectionAnswersNothing() throws {
        let (exchange, listener) = try listener(under: #"{"on":"rtds","do":"half_open","after":5}"#)
        try listener.listen { listener.objects.count == 5 }
        // The sixth message fires the fault.
        #expect(
            try eventually { try exchange.json("/control/faults").array?.first?["befallen"]?.integer == 1 })
        listener.send("ping")
        let count = try exchange.truth().count
        #expect(try listener.listen { (try? exchange.truth().count > count + 50) ?? false })
        #expect(listener.texts.count == 6 && listener.ending == nil)
    }

    @Test(
        arguments: [
            #"{"on":"rtds","do":"fragment"}"#, #"{"on":"rtds","do":"fragment","pieces":3}"#,
            #"{"on":"rtds","do":"ping","every":3}"#,
            #"{"on":"rtds","do":"drip","bytes":100,"pause_ms":1,"every":7}"#,
            #"{"on":"rtds","do":"array","count":4}"#,
            #"{"on":"rtds","do":"duplicate","probability":0.2}"#,
            #"{"on":"rtds","do":"reorder","probability":0.3}"#,
            #"{"on":"rtds","do":"unknown","every":5}"#, #"{"on":"rtds","do":"empty","every":5}"#,
            #"{"on":"rtds","do":"malformed","every_ms":20}"#,
        ])
    func nothingIsLost(by fault: String) throws {
        let exchange = try SimulatedExchange(
            ["--rate", "500", "--trades", "150"], scenario: #"{"faults":[\#(fault)]}"#)
        let listener = try FeedListener(exchange.url("rtds"))
        listener.subscribe(["trades"])
        var heard: Set<String> { Set(listener.objects("trades").compactMap { $0["payload"] }.map(key)) }
        let complete = try eventually {
            try listener.listen(.milliseconds(50))
            guard exchange.isFinished else { return false }
            return try heard.isSuperset(of: keys(exchange.truth()))
        }
        #expect(complete)
    }

    @Test func onlyTheGivenTypeIsSilenced() throws {
        let exchange = try SimulatedExchange(
            ["--rate", "500", "--trades", "200"],
            scenario: #"{"faults":[{"on":"rtds","do":"silence","type":"trades"}]}"#)
        let listener = try FeedListener(exchange.url("rtds"))
        listener.subscribe()
        #expect(
            try eventually {
                try listener.listen(.milliseconds(50))
                return exchange.isFinished
            })
        #expect(listener.objects("trades").isEmpty && !listener.objects("orders_matched").isEmpty)
    }

    @Test func aGiantArrivesWhole() throws {
        let size = 64 << 20
        let (exchange, listener) = try listener(
            under: #"{"on":"rtds","do":"giant","after":2,"times":1}"#, longestMessage: size + 1_000)
        #expect(try listener.listen(.seconds(60)) { listener.texts.contains { $0.utf8.count == size } })
        withExtendedLifetime(exchange) {}
    }

    @Test func faultsComeAndGoAtRunTime() throws {
        let exchange = try SimulatedExchange(["--rate", "300"])
        let listener = try FeedListener(exchange.url("rtds"))
        listener.subscribe(["trades"])
        try listener.listen { listener.objects.count > 5 }
        try exchange.setFaults(#"[{"on":"rtds","do":"silence"}]"#)
        try listener.awaitPing()
        let (count, trades) = (listener.objects.count, try exchange.truth().count)
        #expect(try listener.listen { (try? exchange.truth().count > trades + 50) ?? false })
        try listener.awaitPing()
        #expect(listener.objects.count == count)
        try exchange.setFaults("[]")
        #expect(try listener.listen { listener.objects.count > count })
    }

    @Test func aClientThatDoesNotReadIsClosed() throws {
        let exchange = try SimulatedExchange(["--paused"], scenario: #"{"slow_consumer_bytes":20000}"#)
        let listener = try FeedListener(exchange.url("rtds"))
        listener.subscribe(["trades"])
        try listener.listen { listener.texts.count == 1 }
        try exchange.burst(20_000)  // more than the kernel's buffers take while the client does not read
        #expect(
            try eventually { try exchange.statistics()["rtds"]?["slow"]?.integer == 1 })
    }
}
