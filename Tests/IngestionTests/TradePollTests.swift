import Foundation
import Glibc
import Ingestion
import PMRecord
import TestSupport
import Testing
import WebSockets

struct SilencePollTests {
    private let start = ContinuousClock.now
    private let began = Timestamp(milliseconds: 1_790_272_000_000)

    @Test func pollsFromTheDelayAfterTheVerdictUntilTheFeedIsReceived() {
        var poll = SilencePoll(after: .seconds(5), began: began)
        let received = began + 7
        poll.received(at: received)
        let actions = [(true, 0), (false, 10), (false, 14), (false, 15), (true, 16), (true, 17), (false, 18)]
            .map {
                poll.check(isReceiving: $0, at: start + .seconds($1))
            }
        #expect(actions == [.keep, .keep, .keep, .start(since: received), .stop, .keep, .keep])
    }

    @Test func zeroTurnsItOff() {
        var poll = SilencePoll(after: .zero, began: began)
        #expect(poll.check(isReceiving: false, at: start + .seconds(3600)) == .keep)
    }
}

/// Trades from the Data API while there is no feed, against the simulated exchange.
@Suite(.serialized) struct TradePollTests {
    private func start(_ exchange: SimulatedExchange, _ more: [String]) throws -> ChildProcess {
        try Ingest.start(
            [
                "--url", exchange.url("rtds"), "--data-url", exchange.url("data"), "--backoff-least", "50ms",
                "--backoff-most", "300ms", "--settle", "300ms", "--margin", "60s", "--api-budget", "100000",
            ] + more)
    }

    /// The hashes of the trades that the APIs show.
    private func visible(_ exchange: SimulatedExchange) throws -> [String] {
        try exchange.truth("?visible=1").compactMap { parsed($0.utf8)["transactionHash"] as? String }
    }

    private func expectNoneTwice(_ child: ChildProcess) {
        let ids = child.trades.compactMap { $0["id"] as? String }
        #expect(Set(ids).count == ids.count)
    }

    @Test func tradesAreEmittedWhileTheFeedRefusesConnections() throws {
        let exchange = try SimulatedExchange(
            scenario:
                #"{"seed":11,"rate":20,"at_once":true,"rest_lag_ms":1000,"faults":[{"on":"rtds","do":"refuse"}]}"#
        )
        let child = try start(exchange, ["--silence-poll", "300ms"])
        #expect(eventually { child.trades.count >= 100 })
        let polled = child.trades
        #expect(polled.allSatisfy { $0["via"] as? String == "backfill" })
        #expect(Set(polled.compactMap { $0["role"] as? String }) == ["maker", "taker"])
        try exchange.setFaults("[]")
        #expect(
            eventually { child.output.contains(#""state":"closed""#) }, "the gap closes when the feed returns"
        )
        try exchange.finish()
        let truth = try visible(exchange).count
        #expect(eventually { child.trades.count >= truth })
        expectNoneTwice(child)
        #expect(child.trades.count { $0["via"] as? String == "live" } > 0)
        #expect(child.errors.contains("polled"))
    }

    @Test func theAPIAloneIsAFeed() throws {
        let exchange = try SimulatedExchange(scenario: #"{"seed":12,"rate":20,"at_once":true}"#)
        let folder = try TemporaryDirectory()
        let child = try start(exchange, ["--feed", "api", "--status-dir", folder.path])
        #expect(eventually { child.trades.count >= 60 })
        let status = parsed(try folder.read("pm-ingest.json").utf8)
        #expect(status["hearing"] as? Bool == true && status["connections"] as? Int == 0)
        expectNoneTwice(child)
        #expect(!child.output.contains(#""kind":"gap""#))
        #expect((status["schema_drift"] as? [String: Any])?.isEmpty == true, "all members are documented")
        child.kill(SIGTERM)
        #expect(try child.wait() == .status(0))
    }

    @Test func undocumentedMembersOfTheAPIAreCountedAndAnnouncedOnce() throws {
        let folder = try TemporaryDirectory()
        let feed = try FakeFeed()
        let row = Messages.row(more: "").replacingOccurrences(
            of: #""conditionId""#, with: #""rebate":1,"conditionId""#)
        feed.onRequest = { request in
            request.path == "/v2/trades"
                ? Response(
                    status: 200, type: "application/json",
                    #"{"data":[\#(row)],"pagination":{"has_more":false}}"#)
                : Response(status: 404)
        }
        let child = try Ingest.start([
            "--feed", "api", "--data-url", feed.dataURL, "--status-dir", folder.path,
        ])
        #expect(try feed.run { feed.requests.count { $0.hasPrefix("/v2/trades") } >= 4 })
        child.kill(SIGTERM)
        #expect(try feed.run { child.exit == .status(0) })
        let drift = parsed(try folder.read("pm-ingest.json").utf8)["schema_drift"] as? [String: [String: Int]]
        #expect((drift?["data/v2/trades"]?["unknown"] ?? 0) >= 3, "\(drift ?? [:])")
        #expect(
            child.errors.components(separatedBy: #"data/v2/trades has a new member "rebate": 1"#).count == 2,
            "\(child.errors)")
    }

    @Test func anOutageOfTheAPIAloneIsAGapThatCloses() throws {
        let exchange = try SimulatedExchange(scenario: #"{"seed":13,"rate":20,"at_once":true}"#)
        let child = try start(exchange, ["--feed", "api"])
        #expect(eventually { child.trades.count >= 20 })
        try exchange.setFaults(#"{"on":"data/v2/trades","do":"status","status":500,"times":3}"#)
        #expect(eventually { child.output.contains(#""state":"closed""#) })
        expectNoneTwice(child)
    }
}
