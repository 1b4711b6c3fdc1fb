import Foundation
import Ingestion
import PMRecord
import TestSupport
import Testing

struct UnsettledTradesTests {
    private let wall = Timestamp(milliseconds: 1_790_272_000_000)

    private func trade(_ number: Int, transaction: Int? = nil, at second: Int, received: Int? = nil) throws
        -> UnsettledTrades.Trade
    {
        try #require(
            UnsettledTrades.Trade(
                UInt128(number), transactionHash: hash(transaction ?? number), at: wall + second,
                receivedAt: wall + (received ?? second)))
    }

    /// A hash whose first digits differ, as those of real ones do.
    private func hash(_ number: Int) -> String { "0x" + String(repeating: "\(number)", count: 64) }

    private func key(_ number: Int) -> UInt128 { UInt128(transactionHash: hash(number))! }

    @Test func unconfirmedTradesAreOverdueInTheOrderOfTheirTimes() throws {
        var unsettled = UnsettledTrades()
        for (number, second) in [(3, 3), (1, 1), (2, 2), (9, 9)] {
            unsettled.expect(try trade(number, at: second))
        }
        _ = unsettled.confirm(key(2))
        let overdue = unsettled.removeOverdue(in: wall + -5...wall + 14)
        #expect(overdue == [1, 3])
        let again = unsettled.removeOverdue(in: wall + -5...wall + 14)
        #expect(again.isEmpty, "each is removed once")
    }

    @Test(arguments: [(4, 6), (6, 4), (16, 15), (15, 16)])
    func timeAndReceiptHaveToLieInside(time: Int, received: Int) throws {
        var unsettled = UnsettledTrades()
        unsettled.expect(try trade(1, at: time, received: received))
        let overdue = unsettled.removeOverdue(in: wall...wall + 20)
        #expect(overdue.isEmpty)
    }

    @Test func aTransactionConfirmsAndRestoresAllItsTrades() throws {
        var unsettled = UnsettledTrades()
        for number in [1, 2] { unsettled.expect(try trade(number, transaction: 7, at: 1)) }
        for number in [3, 4] { unsettled.expect(try trade(number, transaction: 8, at: 1)) }
        let confirmed = unsettled.confirm(key(7))
        let overdue = unsettled.removeOverdue(in: wall + -9...wall + 9)
        let restored = unsettled.confirm(key(8))
        #expect(confirmed.isEmpty && overdue == [3, 4] && restored == [3, 4])
    }

    @Test func aTradeWithoutATransactionCannotBeConfirmed() {
        for hash in [nil, "0xyz"] {
            #expect(UnsettledTrades.Trade(1, transactionHash: hash, at: wall, receivedAt: wall) == nil)
        }
    }

    @Test func tradesBeyondTheCapacityAndForgottenOnesAreNeverOverdue() throws {
        var unsettled = UnsettledTrades(capacity: 2)
        for number in 1...3 { unsettled.expect(try trade(number, at: number)) }
        unsettled.forget(before: wall + 2)
        let overdue = unsettled.removeOverdue(in: wall + -99...wall + 99)
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
