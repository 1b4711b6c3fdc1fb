import PMJSON
import TestSupport
import Testing

struct RTDSTests {
    @Test func tellsEveryTradeOnceAndTakersTwice() throws {
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

    @Test func fallsSilentWhenNobodyPings() throws {
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

    @Test func closesOnWhatIsNotJSON() throws {
        let exchange = try SimulatedExchange(scenario: #"{"rtds_close_on_malformed":true}"#)
        let listener = try FeedListener(exchange.url("rtds"))
        listener.send("{subscribe")
        try listener.listen { listener.ending != nil }
        #expect(listener.ending?.code == .policyViolation)
    }
}
