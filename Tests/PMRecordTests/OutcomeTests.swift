import PMJSON
import PMRecord
import Testing

struct OutcomeTests {
    static func outcome(
        _ side: Side, price: String, size: String = "100", fee: String? = "0"
    ) -> TradeOutcome {
        TradeOutcome(
            tradeID: "t", time: Timestamp(milliseconds: 1_790_275_500_125), conditionID: "0xc", assetID: "7",
            wallet: "0xw", side: side, price: Decimal(price)!, size: Decimal(size)!,
            fee: fee.map { Decimal($0)! }, asOf: Timestamp(milliseconds: 1_790_275_900_000))
    }

    @Test(arguments: [
        (Side.buy, "0.42", "100", "0", "1", "58"), (.buy, "0.42", "100", "0", "0", "-42"),
        (.sell, "0.42", "100", "0", "1", "-58"), (.sell, "0.42", "100", "0", "0", "42"),
        (.buy, "0.42", "100", "0", "0.5", "8"), (.sell, "0.97", "100", "0", "0.5", "47"),
        // 0.4032 dollars of fee on 25 shares are 1.6128 cents a share.
        (.buy, "0.64", "25", "0.4032", "1", "34.3872"), (.sell, "0.64", "25", "0.4032", "1", "-37.6128"),
        // A third of a cent is rounded half-even to millionths of a dollar.
        (.buy, "0.5", "3", "0.01", "1", "49.6667"), (.buy, "0.3996666666666667", "1", "0", "1", "60.0333"),
    ])
    func anEdgeIsSignedBySideAndAfterFees(
        _ side: Side, _ price: String, _ size: String, _ fee: String, _ later: String, _ edge: String
    ) {
        let outcome = Self.outcome(side, price: price, size: size, fee: fee)
        #expect(outcome.edge(at: Decimal(later)!)?.description == edge)
    }

    @Test func anUnknownFeeLeavesTheEdgeBeforeFees() {
        let outcome = Self.outcome(.buy, price: "0.4", fee: nil)
        #expect(outcome.edge(at: 1)?.description == "60")
        #expect(try! JSON(outcome.line)["fee"] == nil)
    }

    @Test func aRecordIsReadAsItWasWritten() throws {
        var outcome = Self.outcome(.sell, price: "0.4", fee: "0.02")
        #expect(try TradeOutcome(Record(outcome.line)) == outcome)
        outcome.prices = [.fiveMinutes: Decimal("0.41")!, .day: Decimal("0.9")!]
        (outcome.settlement, outcome.resolvedAt) = (1, Timestamp(milliseconds: 1_790_275_800_000))
        #expect(try TradeOutcome(Record(outcome.line)) == outcome)
        #expect(
            String(decoding: outcome.line, as: UTF8.self)
                == #"{"kind":"outcome","trade_id":"t","time":"2026-09-24T18:45:00.125Z","#
                + #""as_of":"2026-09-24T18:51:40.000Z","condition_id":"0xc","asset_id":"7","wallet":"0xw","#
                + #""side":"SELL","price":0.4,"size":100,"fee":0.02,"price_5m":0.41,"edge_5m":-1.02,"#
                + #""price_24h":0.9,"edge_24h":-50.02,"settlement":1,"edge":-60.02,"#
                + #""resolved_at":"2026-09-24T18:50:00.000Z"}"#)
    }
}
