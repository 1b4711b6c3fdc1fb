import Glibc
import PMJSON
import TestSupport
import Testing

/// The behaviour common to all routes: versions, cache, lags, forms of errors, quotas.
struct ServiceTests {
    @Test(arguments: [("404", 404), ("410", 410), ("html", 200)])
    func eachVersionCanBeSwitchedOff(name: String, status: Int) throws {
        let exchange = try SimulatedExchange(["--paused"], scenario: #"{"v1":"\#(name)"}"#)
        let old = try exchange.get("/data/trades")
        #expect(old.status == status)
        if name == "html" { #expect(old.text.contains("<html>")) }
        #expect(try exchange.get("/data/v2/trades").status == 200)
        try exchange.change(#"{"v1":"serve","v2":"\#(name)"}"#)
        #expect(try exchange.get("/data/trades").status == 200)
        #expect(try exchange.get("/data/v2/leaderboard").status == status)
        #expect(try exchange.post("/control/settings", #"{"v1":"gone"}"#).status == 400)
    }

    @Test func theCDNRepeatsAnAnswerByItsURL() throws {
        let exchange = try SimulatedExchange(["--paused"])
        let first = try exchange.get("/data/v2/trades?taker_only=false")
        #expect(first.headers["x-cache"] == "MISS")
        #expect(first.headers["cache-control"] == "public, max-age=300")
        try exchange.burst(20)
        #expect(eventually { exchange.isSettled })
        let second = try PlainHTTP.request(
            port: exchange.port, "/data/v2/trades?taker_only=false", headers: [("Cache-Control", "no-cache")])
        #expect(second.body == first.body && second.headers["x-cache"] == "HIT")
        #expect(second.headers["x-trace-id"] == first.headers["x-trace-id"])
        #expect(second.headers["age"].flatMap { Int($0) } != nil)
        let fresh = try exchange.json("/data/v2/trades?taker_only=false&_=17")
        #expect(fresh["data"]?.array?.count == 20)
        #expect(try exchange.get("/data/v2/status").headers["x-cache"] == nil)
        let plain = try SimulatedExchange(["--paused"], scenario: #"{"cdn":false}"#)
        #expect(try plain.get("/data/v2/trades").headers["x-cache"] == nil)
    }

    @Test func aTradeAppearsByWalletBeforeItAppearsByCondition() throws {
        let exchange = try SimulatedExchange(
            ["--paused"],
            scenario: #"{"user_lag_ms":300,"condition_lag_ms":[86400000,86400000],"settlement_ms":0}"#)
        let row = try exchange.trade(#"{"character":"smart","size":100,"price":0.4}"#)[0]
        let (wallet, condition) = (row["proxyWallet"]!.string!, row["conditionId"]!.string!)
        let hash = row["transactionHash"]!.string!
        let nonce = Nonce()
        #expect(
            try eventually {
                try exchange.get("/data/v2/trades?user=\(wallet)&_=\(nonce.next())").text.contains(hash)
            })
        let market = "/data/v2/trades?condition=\(condition)&taker_only=false&_=\(nonce.next())"
        #expect(try exchange.json(market)["data"]?.array?.isEmpty == true)
        #expect(try exchange.json("/data/v2/status")["data"]?["serving"]?["worst"]?.string == "activity_feed")
    }

    @Test func theStatusHasNoMeasurementAtFirst() throws {
        let exchange = try SimulatedExchange(["--paused"], scenario: #"{"status_after_ms":86400000}"#)
        let answer = try exchange.get("/data/v2/status")
        #expect(answer.status == 503)
        #expect(try JSON(answer.body)["code"]?.string == "dependency_unavailable")
    }

    @Test(
        arguments: [
            (
                #"{"on":"data","do":"status","code":"request_timeout","retry_after":1}"#, 503,
                "request_timeout"
            ),
            (#"{"on":"data","do":"status","code":"dependency_unavailable"}"#, 503, "dependency_unavailable"),
            (#"{"on":"data","do":"status","status":429,"retry_after":"seconds"}"#, 429, "rate_limited"),
            (#"{"on":"data","do":"status","status":500}"#, 500, "internal"),
        ])
    func scriptedErrorsHaveTheFormOfTheRoute(fault: String, status: Int, code: String) throws {
        let exchange = try SimulatedExchange(["--paused"], scenario: #"{"faults":[\#(fault)]}"#)
        let answer = try exchange.get("/data/v2/trades")
        let body = try JSON(answer.body)
        #expect(answer.status == status && body["code"]?.string == code)
        #expect(body["retryable"]?.bool == (status != 500))
        #expect(body["trace_id"]?.string == answer.headers["x-trace-id"])
        #expect(try JSON(exchange.get("/data/trades").body)["code"] == nil)
    }

    @Test func aQuotaMayBeSharedBySomeRoutes() throws {
        let exchange = try SimulatedExchange(
            ["--paused"],
            scenario: """
                {"faults":[{"on":["data/v2/trades","data/v2/positions"],"do":"quota","kind":"penalty",
                "limit":2,"window_ms":60000,"body":"empty"}]}
                """)
        #expect(try exchange.get("/data/v2/trades").status == 200)
        #expect(try exchange.get("/data/v2/positions?user=0x1").status == 200)
        let answer = try exchange.get("/data/v2/trades")
        #expect(answer.status == 429 && answer.body.isEmpty && answer.headers["retry-after"] == nil)
        #expect(try exchange.get("/data/v2/leaderboard").status == 200)
    }

    @Test func thePublishedQuotasDelayAndThenRefuse() throws {
        let exchange = try SimulatedExchange(["--paused"], scenario: #"{"quotas":"published"}"#)
        for _ in 0..<100 { #expect(try exchange.get("/data/v2/status").status == 200) }
        let answer = try exchange.get("/data/v2/status")
        #expect(answer.status == 429 && answer.headers["retry-after"] != nil)
        #expect(try exchange.get("/data/v2/leaderboard").status == 200)
    }

    /// A value that no request has had before, so that the CDN does not know the URL.
    private final class Nonce {
        private var last = 0
        func next() -> Int {
            last += 1
            return last
        }
    }
}
