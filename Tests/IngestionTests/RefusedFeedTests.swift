import Foundation
import Glibc
import PMRecord
import TestSupport
import Testing

/// A feed that refuses connections for minutes, with pm-ingest's default intervals, and with the lags, blocks and quotas
/// of the real services.
@Suite(.enabled(if: LongRun.isOn, "takes minutes")) struct RefusedFeedTests {
    /// Seconds from when the API shows a trade to its line.
    private static let mostDelay = 3.0

    @Test func tradesAreEmittedSecondsAfterTheAPIShowsThem() throws {
        let seconds = LongRun.rounds(sample: 600)
        let exchange = try SimulatedExchange(
            scenario:
                #"{"preset":"live","seed":\#(LongRun.seed),"rate":50,"combo_share":0.05,"v2_share":0.3}"#)
        let child = try Ingest.start([
            "--url", exchange.url("rtds"), "--data-url", exchange.url("data"), "--audit", "30s",
        ])
        #expect(eventually { child.trades.count >= 200 })
        try exchange.addFaults(
            #"[{"on":"rtds","do":"reset","every":1,"times":1},{"on":"rtds","do":"refuse"}]"#)
        #expect(eventually { child.errors.contains("the Data API is polled") })
        let shown = try watch(exchange, for: .seconds(seconds))
        try exchange.setFaults("[]")
        #expect(
            eventually(within: .seconds(300), every: .seconds(1)) {
                child.output.contains(#""state":"closed""#)
            })
        try exchange.finish()

        let truth = try exchange.tradeIDs()
        // Audits emit the twins that the feed does not show.
        #expect(eventually(within: .seconds(180), every: .seconds(5)) { child.trades.count >= truth.count })
        let trades = child.trades
        let emitted = trades.compactMap { $0["id"] as? String }
        #expect(Set(emitted) == Set(truth) && emitted.count == truth.count, "each trade once")
        let lines = Dictionary(
            uniqueKeysWithValues: zip(emitted, trades.map { Timestamp($0["received_at"] as? String ?? "") }))
        let delays = shown.compactMap { index, time in
            lines[truth[index]]?.map { time.duration(to: $0) / .seconds(1) }
        }.sorted()
        let polled = trades.count { $0["via"] as? String == "backfill" }
        print(
            "a feed refused for \(seconds) s: \(truth.count) trades, \(polled) from the API;",
            "\(delays.count) delays behind the API: median \(delays[delays.count / 2]) s,",
            "99 % \(delays[delays.count * 99 / 100]) s, most \(delays.last!) s")
        #expect(delays.last! <= Self.mostDelay)
    }

    /// Returns when the API first showed each trade, by its index in the truth.
    private func watch(_ exchange: SimulatedExchange, for duration: Duration) throws -> [(Int, Timestamp)] {
        var shown: [(Int, Timestamp)] = []
        var count = try visible(exchange)
        let deadline = ContinuousClock.now + duration
        while .now < deadline {
            let (new, now) = (try visible(exchange), Timestamp.now())
            shown += (count..<max(count, new)).map { ($0, now) }
            count = max(count, new)
            usleep(50_000)  // a sample
        }
        return shown
    }

    private func visible(_ exchange: SimulatedExchange) throws -> Int {
        try #require(try exchange.statistics()["visible"]?.integer)
    }
}
