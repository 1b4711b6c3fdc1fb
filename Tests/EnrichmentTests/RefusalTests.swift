import Enrichment
import PMJSON
import PolymarketAPI
import Testing

/// The forms in which services refuse requests, and failures that are no refusals.
struct RefusalTests {
    private static let page = "<!DOCTYPE html><title>Just a moment...</title>"

    /// The request is retried after the pause and not before, and the trade is enriched in the end.
    @Test(
        arguments: [
            (.status(429, retryAfter: .seconds(3)), .seconds(3)),
            (.status(429, retryAfter: .zero), .milliseconds(200)),
            (.status(429), .milliseconds(400)),
            (.status(429, page), .milliseconds(400)),
            (.status(403, page), .milliseconds(400)),
            (.status(403, retryAfter: .seconds(2), "\n  " + page), .seconds(2)),
            (.status(403, "\u{FEFF}" + page), .milliseconds(400)),
            (.status(408), .milliseconds(400)),
        ] as [(APIReply, Duration)])
    func aRefusedRequestIsRetriedAfterThePause(refusal: APIReply, pause: Duration) {
        var simulation = SimulatedEnricher()
        var isFirst = true
        func services(_ request: APIRequest) -> APIReply {
            guard request.route == .gammaProfile, isFirst else { return Sample.reply(to: request) }
            isFirst = false
            return refusal
        }
        _ = simulation.receive(Sample.trade(1))
        var lines = simulation.run(services)
        var requests: Int { simulation.sent.count { $0.route == .gammaProfile } }
        if pause > .zero {
            #expect(requests == 1)
            lines += simulation.advance(by: pause)
            lines += simulation.run(services)
            #expect(requests == 1, "retried too early")
        }
        lines += simulation.advance(by: .seconds(2))
        lines += simulation.run(services)
        #expect(requests == 2)
        #expect(lines.map(\.state) == ["enriched"])
        #expect(simulation.enricher.requests.refusals == 1)
    }

    /// A 503 says nothing about a quota. The request is retried, not before its time, and others go on.
    @Test(
        arguments: [
            (.status(503, retryAfter: .seconds(2), page), .milliseconds(1900)),
            (.status(503), .milliseconds(100)),
        ] as [(APIReply, Duration)])
    func aServiceThatFailsForAWhileIsNoRefusal(reply: APIReply, pause: Duration) {
        var simulation = SimulatedEnricher()
        var isFirst = true
        func services(_ request: APIRequest) -> APIReply {
            guard request.route == .gammaProfile, isFirst else { return Sample.reply(to: request) }
            isFirst = false
            return reply
        }
        _ = simulation.receive(Sample.trade(1))
        var lines = simulation.run(services)
        lines += simulation.advance(by: pause)
        lines += simulation.run(services)
        #expect(simulation.sent.count { $0.route == .gammaProfile } == 1, "retried too early")
        _ = simulation.receive(Sample.trade(2, wallet: "0xbb"))
        lines += simulation.run(services)
        #expect(simulation.sent.count { $0.route == .gammaProfile } == 2, "the gate is open")
        lines += simulation.advance(by: .seconds(2))
        lines += simulation.run(services)
        #expect(lines.map(\.state) == ["enriched", "enriched"])
        #expect(simulation.enricher.requests.refusals == 0)
    }

    /// Replies that say nothing about a limit are failures.
    @Test(
        arguments: [
            (.status(403, #"{"error":"forbidden"}"#), "HTTP 403"), (.status(400), "HTTP 400"),
            (.status(301), "HTTP 301"),
            (.found("<html>"), "answer is a web page"), (.found(#"{"a":1"#), "answer is not JSON"),
            (.found(""), "answer is no"),
        ] as [(APIReply, String)])
    func aFailureIsReported(reply: APIReply, reason: String) {
        var simulation = SimulatedEnricher()
        _ = simulation.receive(Sample.trade(1))
        let lines = simulation.run { $0.route == .gammaProfile ? reply : Sample.reply(to: $0) }
        #expect(lines.map(\.state) == ["partial"])
        #expect(lines[0].reason?.hasPrefix("wallet: gamma/public-profile: \(reason)") == true)
        #expect(simulation.enricher.requests.refusals == 0)
        #expect(simulation.enricher.unreadable == (reason.hasPrefix("answer") ? 1 : 0))
    }

    /// A service that throttles may delay a request beyond the client's timeout.
    @Test func aTimeoutCountsAsARefusal() {
        var simulation = SimulatedEnricher()
        var isFirst = true
        func services(_ request: APIRequest) -> APIReply {
            guard request.route == .gammaProfile, isFirst else { return Sample.reply(to: request) }
            isFirst = false
            return .failure("timed out", isTransient: true, isTimeout: true)
        }
        _ = simulation.receive(Sample.trade(1))
        var lines = simulation.run(services)
        lines += simulation.advance(by: .seconds(1))
        lines += simulation.run(services)
        #expect(lines.map(\.state) == ["enriched"])
        #expect(simulation.enricher.requests.refusals == 1)
    }

    @Test func noMoreIsSentThanTheServiceSaysRemains() {
        var simulation = SimulatedEnricher()
        for id in 1...40 { _ = simulation.receive(Sample.trade(id, wallet: "0x\(id)")) }
        var left = 10
        func services(_ request: APIRequest) -> APIReply {
            guard request.route == .gammaProfile else { return Sample.reply(to: request) }
            left -= 1
            return .answer(
                status: 200, retryAfter: nil, hint: .init(remaining: max(0, left), reset: .seconds(8)),
                body: Array(#"{"name":"Ann"}"#.utf8), elapsed: .milliseconds(50))
        }
        _ = simulation.run(services)
        #expect(simulation.sent.count { $0.route == .gammaProfile } <= 12)
        #expect(simulation.enricher.requests.refusals == 0)
        _ = simulation.advance(by: .seconds(7))
        _ = simulation.run(services)
        #expect(simulation.sent.count { $0.route == .gammaProfile } <= 12)
    }
}
