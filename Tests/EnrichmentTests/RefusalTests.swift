import Enrichment
import PMJSON
import PolymarketAPI
import Testing

/// What services answer when they have had enough, in the forms they give it.
struct RefusalTests {
    private static let page = "<!DOCTYPE html><title>Just a moment...</title>"

    /// Each is asked again when its time has come, and the trade is enriched in the end.
    @Test(
        arguments: [
            (.status(429, retryAfter: .seconds(3)), .seconds(3)),
            (.status(429, retryAfter: .zero), .milliseconds(200)),
            (.status(429), .milliseconds(400)),
            (.status(429, page), .milliseconds(400)),
            (.status(503, retryAfter: .seconds(2), page), .seconds(2)),
            (.status(503), .milliseconds(400)),
            (.status(403, page), .milliseconds(400)),
            (.status(403, retryAfter: .seconds(2), "\n  " + page), .seconds(2)),
            (.status(403, "\u{FEFF}" + page), .milliseconds(400)),
            (.status(408), .milliseconds(400)),
        ] as [(Reply, Duration)])
    func aRefusalIsWaitedOut(refusal: Reply, silence: Duration) {
        var desk = Desk()
        var isFirst = true
        func services(_ request: APIRequest) -> Reply {
            guard request.route == .gammaProfile, isFirst else { return Desk.answers(request) }
            isFirst = false
            return refusal
        }
        _ = desk.take(Desk.trade(1))
        var lines = desk.settle(services)
        var asked: Int { desk.asked.count { $0.route == .gammaProfile } }
        if silence > .zero {
            #expect(asked == 1)
            lines += desk.wait(silence)
            lines += desk.settle(services)
            #expect(asked == 1, "asked again before its time")
        }
        lines += desk.wait(.seconds(2))
        lines += desk.settle(services)
        #expect(asked == 2)
        #expect(lines.map(\.state) == ["enriched"])
        #expect(desk.enricher.requests.refusals == 1)
    }

    /// Neither of these says anything of a limit: the request has failed, and is told as that.
    @Test(
        arguments: [
            (.status(403, #"{"error":"forbidden"}"#), "HTTP 403"), (.status(400), "HTTP 400"),
            (.status(301), "HTTP 301"),
            (.found("<html>"), "answer is a web page"), (.found(#"{"a":1"#), "answer is not JSON"),
            (.found(""), "answer is no"),
        ] as [(Reply, String)])
    func aFailureIsTold(reply: Reply, reason: String) {
        var desk = Desk()
        _ = desk.take(Desk.trade(1))
        let lines = desk.settle { $0.route == .gammaProfile ? reply : Desk.answers($0) }
        #expect(lines.map(\.state) == ["partial"])
        #expect(lines[0].reason?.hasPrefix("wallet: gamma/public-profile: \(reason)") == true)
        #expect(desk.enricher.requests.refusals == 0)
        #expect(desk.enricher.counts.unreadable == (reason.hasPrefix("answer") ? 1 : 0))
    }

    /// A service that throttles may hold a request for longer than we wait.
    @Test func whatTheServiceHeldTooLongCountsAsRefused() {
        var desk = Desk()
        var isFirst = true
        func services(_ request: APIRequest) -> Reply {
            guard request.route == .gammaProfile, isFirst else { return Desk.answers(request) }
            isFirst = false
            return .failure("timed out", isTransient: true, wasHeld: true)
        }
        _ = desk.take(Desk.trade(1))
        var lines = desk.settle(services)
        lines += desk.wait(.seconds(1))
        lines += desk.settle(services)
        #expect(lines.map(\.state) == ["enriched"])
        #expect(desk.enricher.requests.refusals == 1)
    }

    @Test func aServiceThatSaysHowMuchIsLeftIsNotAskedForMore() {
        var desk = Desk()
        for id in 1...40 { _ = desk.take(Desk.trade(id, wallet: "0x\(id)")) }
        var left = 10
        func services(_ request: APIRequest) -> Reply {
            guard request.route == .gammaProfile else { return Desk.answers(request) }
            left -= 1
            return .answer(
                status: 200, retryAfter: nil, told: .init(remaining: max(0, left), reset: .seconds(8)),
                body: Array(#"{"name":"Ann"}"#.utf8), elapsed: .milliseconds(50))
        }
        _ = desk.settle(services)
        #expect(desk.asked.count { $0.route == .gammaProfile } <= 12)
        #expect(desk.enricher.requests.refusals == 0)
        _ = desk.wait(.seconds(7))
        _ = desk.settle(services)
        #expect(desk.asked.count { $0.route == .gammaProfile } <= 12)
    }
}
