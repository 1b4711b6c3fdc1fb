import Foundation
import Ingestion
import PMRecord
import TestSupport
import Testing

struct UnsettledTradesTests {
    private let wall = Timestamp(milliseconds: 1_790_272_000_000)

    private func trade(_ number: Int, transaction: Int? = nil, at second: Int) throws
        -> UnsettledTrades.Trade
    {
        try #require(
            UnsettledTrades.Trade(
                UInt128(number), transactionHash: hash(transaction ?? number),
                at: wall.advanced(by: .seconds(second))))
    }

    /// A hash whose first digits differ, as those of real ones do.
    private func hash(_ number: Int) -> String { "0x" + String(repeating: "\(number)", count: 64) }

    @Test func unconfirmedTradesAreOverdueInTheOrderOfTheirTimes() throws {
        var confirmations = UnsettledTrades()
        for (number, second) in [(3, 3), (1, 1), (2, 2), (9, 9)] {
            confirmations.expect(try trade(number, at: second))
        }
        confirmations.confirm(transactionHash: hash(2))
        let overdue = confirmations.removeOverdue(before: wall.advanced(by: .seconds(9)))
        #expect(overdue == [1, 3])
        let again = confirmations.removeOverdue(before: wall.advanced(by: .seconds(9)))
        #expect(again.isEmpty, "each is removed once")
    }

    @Test func aTransactionConfirmsAllItsTrades() throws {
        var confirmations = UnsettledTrades()
        confirmations.expect(try trade(1, transaction: 7, at: 1))
        confirmations.expect(try trade(2, transaction: 7, at: 1))
        confirmations.confirm(transactionHash: hash(7))
        let overdue = confirmations.removeOverdue(before: wall.advanced(by: .seconds(9)))
        #expect(overdue.isEmpty)
    }

    @Test func aTradeWithoutATransactionCannotBeConfirmed() {
        #expect(UnsettledTrades.Trade(1, transactionHash: nil, at: wall) == nil)
        #expect(UnsettledTrades.Trade(1, transactionHash: "0xyz", at: wall) == nil)
    }

    @Test func tradesBeyondTheCapacityAndForgottenOnesAreNeverOverdue() throws {
        var confirmations = UnsettledTrades(capacity: 2)
        for number in 1...3 { confirmations.expect(try trade(number, at: number)) }
        confirmations.forget(before: wall.advanced(by: .seconds(2)))
        let overdue = confirmations.removeOverdue(before: wall.advanced(by: .seconds(99)))
        #expect(overdue == [2])
    }
}

/// Trades that a feed sends and that are reverted on the chain, over real sockets.
struct RetractionTests {
    @Test func revertedTradesAreRetractedAndNoOthers() throws {
        let run = try FaultyRun(#"{"seed":4,"rate":60,"ghosts":0.1,"duration_ms":4000}"#, ["--audit", "2s"])
        #expect(eventually { run.exchange.isFinished })
        let rows = try run.exchange.truth("details=1").map { parsed($0.utf8) }
        let ghosts = Set(rows.filter { $0["ghost"] as? Bool == true }.compactMap(transaction))
        let settled = Set(rows.filter { $0["ghost"] as? Bool != true }.compactMap(transaction))
        try #require(!ghosts.isEmpty)
        var retracted: Set<String> = []
        let isComplete = try eventually(every: .milliseconds(300)) {
            try run.exchange.burst(1)
            let records = run.child.records
            let retractedIDs = Set(
                records.filter { $0["kind"] as? String == "retract" }.compactMap { $0["id"] as? String })
            retracted = Set(
                records.filter {
                    retractedIDs.contains($0["id"] as? String ?? "") && $0["kind"] as? String == "trade"
                }
                .compactMap { $0["tx_hash"] as? String })
            return retracted.isSuperset(of: ghosts)
        }
        #expect(isComplete, "\(ghosts.subtracting(retracted).count) of \(ghosts.count) were not retracted")
        #expect(retracted.isDisjoint(with: settled))
        #expect(eventually { run.figure("retracted") ?? 0 >= ghosts.count })
    }

    private func transaction(_ row: [String: Any]) -> String? {
        (row["transactionHash"] as? String)?.lowercased()
    }
}
