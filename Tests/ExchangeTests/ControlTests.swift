import Glibc
import PMJSON
import TestSupport
import Testing

struct ControlTests {
    @Test func tradesWaitForASubscriptionByDefault() throws {
        let waiting = try SimulatedExchange(["--rate", "1000"])
        let eager = try SimulatedExchange(["--rate", "1000", "--at-once", "--trades", "50"])
        #expect(eventually { eager.isFinished })
        #expect(try eager.truth().count == 50)
        #expect(try waiting.truth().isEmpty)
    }

    @Test func theStreamPausesAndGoesOn() throws {
        let exchange = try SimulatedExchange(["--rate", "1000", "--paused"])
        try exchange.resume()
        #expect(try eventually { try exchange.truth().count > 20 })
        try exchange.pause()
        let count = try exchange.truth().count
        try exchange.burst(7)
        #expect(try exchange.truth("since=\(count)").count == 7)
        #expect(try exchange.truth("since=\(count)&limit=3").count == 3)
    }

    @Test func aNewListenerDoesNotEndAPause() throws {
        let exchange = try SimulatedExchange(["--rate", "1000"])
        let first = try FeedListener(exchange.url("rtds"))
        first.subscribe()
        try first.listen { first.objects.count > 10 }
        try exchange.pause()
        let count = try exchange.truth().count
        let second = try FeedListener(exchange.url("rtds"))
        second.subscribe()
        #expect(try second.listen { !second.texts.isEmpty })  // its subscription is accepted
        #expect(try exchange.truth().count == count)
    }

    @Test func aTradeIsMadeAsRequested() throws {
        let exchange = try SimulatedExchange(["--paused"])
        let row = try exchange.trade(
            #"{"title":"A title of \"its\" own","character":"smart","side":"SELL","price":"0.3996666666666667","size":"123.456789"}"#
        )[0]
        #expect(row["title"]?.string == #"A title of "its" own"#)
        #expect(row["price"] == .number("0.3996666666666667") && row["size"] == .number("123.456789"))
        #expect(row["side"]?.string == "SELL" && row["character"]?.string == "smart")
        let wallet = "0x00000000000000000000000000000000000000aa"
        let stranger = try exchange.trade(#"{"proxyWallet":"\#(wallet)","slug":"\#(row["slug"]!.string!)"}"#)[
            0]
        #expect(stranger["proxyWallet"]?.string == wallet && stranger["conditionId"] == row["conditionId"])
        #expect(try exchange.post("/control/trade", #"{"price":-1}"#).status == 400)
        #expect(try exchange.post("/control/trade", "nonsense").status == 400)
    }

    @Test func settingsChangeWhileItRuns() throws {
        let exchange = try SimulatedExchange(["--rate", "0", "--at-once"])
        #expect(try exchange.post("/control/settings", #"{"rate":2000,"rest_lag_ms":60000}"#).status == 200)
        #expect(try eventually { try exchange.truth().count > 50 })
        #expect(try exchange.statistics()["visible"]?.integer == 0)
    }

    @Test func itStopsWithItsInputAndOnASignal() throws {
        #expect(try SimulatedExchange().stop() == .status(0))
        let other = try SimulatedExchange()
        other.process.kill(SIGTERM)
        #expect(try other.process.wait() == .status(0))
    }

    @Test func aBadScenarioIsReported() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(#"{"rates":3}"#, to: "scenario.json")
        let process = try ChildProcess(Executables.path("pm-exchange"), ["--scenario", path])
        #expect(try process.wait() != .status(0))
        #expect(process.errors.contains("a scenario has no member rates"))
    }
}
