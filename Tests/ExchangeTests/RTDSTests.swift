import PMJSON
import TestSupport
import Testing

struct RTDSTests {
    @Test func sendsEveryTradeOnceAndTakersTwice() throws {
        let exchange = try SimulatedExchange(["--trades", "500", "--rate", "1000"])
        let listener = try FeedListener(exchange.url("rtds"))
        listener.subscribe()
        #expect(try listener.listen { listener.objects("trades").count == 500 })
        let truth = try exchange.truth("details=1").map { try JSON($0) }
        #expect(listener.texts.first == "")
        #expect(
            listener.objects("trades").compactMap { $0["payload"] }.map(key).sorted()
                == truth.map(key).sorted())
        #expect(
            listener.objects("orders_matched").compactMap { $0["payload"] }.map(key).sorted()
                == truth.filter { $0["taker"]?.bool == true }.map(key).sorted())
        #expect(eventually { exchange.isFinished })
        #expect(try exchange.statistics()["told"]?.integer == 500)
    }

    @Test func staysSilentWithoutAnAction() throws {
        let exchange = try SimulatedExchange(["--at-once", "--rate", "500"])
        let listener = try FeedListener(exchange.url("rtds"))
        listener.send(#"{"subscriptions":[{"topic":"activity","type":"trades","filters":""}]}"#)
        try listener.awaitPing()
        #expect(listener.objects.isEmpty)
    }

    @Test func comparesFiltersAsText() throws {
        let exchange = try SimulatedExchange(["--paused"])
        let market = try #require(exchange.json("/control/markets").array?.first { $0["live"]?.bool == true })
        let slug = market["event_slug"]!.string!
        let (exact, blank) = (try FeedListener(exchange.url("rtds")), try FeedListener(exchange.url("rtds")))
        exact.subscribe(["trades"], filters: #"{"event_slug":"\#(slug)"}"#)
        blank.subscribe(["trades"], filters: #"{"event_slug": "\#(slug)"}"#)
        try exact.listen { exact.texts.count == 1 }
        try blank.listen { blank.texts.count == 1 }
        try exchange.trade(#"{"market":"\#(market["slug"]!.string!)"}"#)
        try exchange.burst(20)
        #expect(try exact.listen { exact.objects("trades").count >= 1 })
        #expect(
            exact.objects("trades").allSatisfy {
                [slug, ""].contains($0["payload"]?["eventSlug"]?.string ?? "none")
            })
        try blank.awaitPing()
        #expect(blank.objects.isEmpty)
    }

    @Test func fallsSilentWithoutPings() throws {
        let exchange = try SimulatedExchange(["--rate", "200"], scenario: #"{"rtds_silent_after_ms":2000}"#)
        let listener = try FeedListener(exchange.url("rtds"))
        listener.subscribe(["trades"])
        #expect(try listener.listen { listener.texts.count > 5 })
        var heard = 0
        let isSilent = try eventually {
            heard = listener.texts.count
            try listener.listen(.milliseconds(500))
            return listener.texts.count == heard
        }
        #expect(isSilent && listener.ending == nil)
        listener.send("ping")
        #expect(try listener.listen { listener.texts.count > heard + 5 })
    }

    @Test func closesOnMalformedTextByOption() throws {
        let exchange = try SimulatedExchange(scenario: #"{"rtds_close_on_malformed":true}"#)
        let listener = try FeedListener(exchange.url("rtds"))
        listener.send("{subscribe")
        try listener.listen { listener.ending != nil }
        #expect(listener.ending?.code == .policyViolation)
    }

    @Test func anUnknownTopicSilencesTheWholeFrame() throws {
        let exchange = try SimulatedExchange(["--paused"])
        let listener = try FeedListener(exchange.url("rtds"))
        listener.send(
            #"{"action":"subscribe","subscriptions":[{"topic":"activity","type":"trades"},{"topic":"no_such_topic","type":"*"}]}"#
        )
        #expect(try listener.listen { !listener.texts.isEmpty })
        let error = try JSON(listener.texts[0])
        #expect(error["statusCode"]?.integer == 401)
        #expect(error["body"]?["message"]?.string?.hasPrefix("leger GetTopics error: rpc error") == true)
        try exchange.burst(20)
        #expect(eventually { exchange.isSettled })
        try listener.awaitPing()
        #expect(listener.objects("trades").isEmpty)

        listener.subscribe(["trades"])  // a frame of its own is accepted
        #expect(try listener.listen { listener.texts.count == 3 })
        try exchange.burst(5)
        #expect(try listener.listen { listener.objects("trades").count == 5 })
    }

    @Test func anEntryWithoutATypeIsAnInvalidBody() throws {
        let exchange = try SimulatedExchange(["--paused"])
        let listener = try FeedListener(exchange.url("rtds"))
        listener.send(#"{"action":"subscribe","subscriptions":[{"topic":"activity"}]}"#)
        #expect(try listener.listen { !listener.texts.isEmpty })
        #expect(listener.texts == [#"{"message":"Invalid request body"}"#])
    }

    @Test(arguments: [("", [""]), ("PONG", ["PONG"]), ("none", [])] as [(String, [String])])
    func aPingIsAnsweredAsTheScenarioSays(reply: String, expected: [String]) throws {
        let exchange = try SimulatedExchange(
            ["--paused"], scenario: #"{"rtds_ping_reply":"\#(reply)"}"#)
        let listener = try FeedListener(exchange.url("rtds"))
        listener.send("PING")
        let isCounted = try eventually {
            try listener.listen(.milliseconds(5))  // the loop sends the ping
            return try exchange.statistics()["rtds"]?["pings"]?.integer == 1
        }
        #expect(isCounted)
        listener.send(#"{"action":"subscribe","subscriptions":[{"topic":"activity"}]}"#)
        #expect(try listener.listen { listener.texts.last?.contains("Invalid") == true })
        #expect(listener.texts.dropLast() == expected[...])
    }

    @Test func combosAndProtocolV2HaveTheirIDs() throws {
        let exchange = try SimulatedExchange(["--paused"], scenario: #"{"condition_digits":62}"#)
        let listener = try FeedListener(exchange.url("rtds"))
        listener.subscribe(["trades"])
        try exchange.trade(#"{"module":"combo","size":50,"price":0.2}"#)
        try exchange.trade(#"{"module":"binary","size":50,"price":0.2}"#)
        #expect(try listener.listen { listener.objects("trades").count == 2 })
        let rows = listener.objects("trades").compactMap { $0["payload"] }
        #expect(rows[0]["conditionId"]!.string!.hasPrefix("0x03"))
        #expect(rows[0]["slug"]?.string == "" && rows[0]["outcome"]?.string == "")
        #expect(rows[0]["outcomeIndex"]?.integer == 999)
        #expect(rows[1]["conditionId"]!.string!.hasPrefix("0x01") && rows[1]["slug"]?.string != "")
        for row in rows {
            #expect(row["conditionId"]!.string!.utf8.count == 64)
            #expect((75...76).contains(row["asset"]!.string!.utf8.count))
        }
    }

    @Test func anUnknownIndexKeepsItsLabel() throws {
        let exchange = try SimulatedExchange(["--paused"], scenario: #"{"combo_share":0}"#)
        try exchange.burst(1_500)
        let rows = try exchange.truth().map { try JSON($0) }.filter { $0["outcomeIndex"]?.integer == 999 }
        #expect(!rows.isEmpty && rows.allSatisfy { $0["outcome"]?.nonEmptyString != nil })
    }

    @Test func takersAreAnnouncedBeforeTheTrades() throws {
        let exchange = try SimulatedExchange(["--paused"])
        let listener = try FeedListener(exchange.url("rtds"))
        listener.subscribe()
        try exchange.trade(#"{"size":50,"price":0.2,"makers":true}"#)
        #expect(try listener.listen { listener.objects("trades").count >= 2 })
        #expect(listener.objects.first?["type"]?.string == "orders_matched")
        #expect(listener.objects("orders_matched").count == 1)
    }
}
