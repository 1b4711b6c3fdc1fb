import Foundation
import PMJSON
import PMRecord
import TestSupport
import Testing

/// Limiters shared over real HTTP, against a hidden quota.
struct SharingTests {
    /// Each process alone would use the quota up: both start from nine tenths of it.
    @Test func twoProcessesShareOneQuota() throws {
        let exchange = try SimulatedExchange(
            scenario: #"""
                {"wallets":50,"paused":true,"faults":[
                {"on":"data/v2/positions","do":"quota","limit":150,"window_ms":10000},
                {"on":"data","do":"delay","ms":40},{"on":"gamma","do":"delay","ms":40}]}
                """#)
        let directory = try TemporaryDirectory()
        let stages = try (1...2).map { number in
            try ChildProcess(
                try Executables.path("pm-enrich"),
                [
                    "--final-only", "--deadline", "1h", "--state", directory.path, "--gamma-url",
                    exchange.url("gamma"), "--data-url", exchange.url("data"), "--clob-url",
                    exchange.url("clob"),
                ], input: .text(Self.trades(of: number)))
        }
        func figure(_ name: String) throws -> Int {
            try exchange.statistics()[name]?["data/v2/positions"]?.integer ?? 0
        }
        // More requests than fit into the first window.
        #expect(try eventually(every: .milliseconds(500)) { try figure("requests") > 200 })
        let (requests, refused) = (try figure("requests"), try figure("refused"))
        for stage in stages { stage.kill(SIGKILL) }
        #expect(
            refused < 16,
            "\(refused) of \(requests) refused: without sharing, both would send the whole quota")
        let errors = stages.map(\.errors)
        #expect(errors == ["", ""])
    }

    /// Returns trades of a thousand new wallets, one hour old.
    private static func trades(of process: Int) -> String {
        let old = Timestamp.now().advanced(by: .seconds(-3600)).description
        return (1...1000).map {
            let number = process * 10_000 + $0
            return Sample.trade(
                number, wallet: "0x" + String(repeating: "0", count: 35) + "\(number)", receivedAt: old)
                + "\n"
        }.joined()
    }
}
