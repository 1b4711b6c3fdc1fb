import TestSupport
import Testing

/// Gaps whose trades the Data API shows late, with rows of combos and of Protocol V2 markets among them.
struct LaggingAPITests {
    /// The feed sends condition ids of Protocol V2 with 64 digits, and the API with 62.
    private let exchange =
        #""combo_share":0.3,"v2_share":0.5,"condition_digits":62,"feed_condition_digits":64"#

    @Test func aGapIsClosedOnlyWhenTheAPIHasCaughtUp() throws {
        let run = try FaultyRun(
            #"{"seed":31,"rate":60,\#(exchange)}"#, ["--audit", "1h", "--silence-poll", "0"])
        #expect(eventually { run.child.trades.count >= 60 })
        try run.exchange.change(#"{"rest_lag_ms":600000}"#)
        try run.exchange.setFaults(
            #"[{"on":"rtds","do":"reset","every":1,"times":1},{"on":"rtds","do":"refuse","until_ms":1500}]"#)
        #expect(eventually { run.child.output.contains(#""kind":"gap""#) })
        let asked = try statusRequests(run)
        #expect(try eventually { try statusRequests(run) >= asked + 5 }, "it asks how far behind the API is")
        #expect(!run.child.output.contains(#""state":"closed""#))
        #expect(backfilled(run).isEmpty)
        try run.exchange.change(#"{"rest_lag_ms":0}"#)
        try run.expectTruth("a lagging API")
        #expect(run.child.output.contains(#""state":"closed""#))
        #expect(!run.child.output.contains(#""state":"unrecoverable""#))
        #expect(
            Set(backfilled(run).map { $0["market_type"] as? String }).isSuperset(of: ["combo", "binary"]))
    }

    private func statusRequests(_ run: FaultyRun) throws -> Int {
        try run.exchange.statistics()["requests"]?["data/v2/status"]?.integer ?? 0
    }

    private func backfilled(_ run: FaultyRun) -> [[String: Any]] {
        run.child.trades.filter { $0["via"] as? String == "backfill" }
    }
}
