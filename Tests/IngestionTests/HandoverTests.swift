import Ingestion
import PMRecord
import Testing

struct HandoverTests {
    private func trade(_ number: Int) -> TradeIdentity {
        TradeIdentity(
            transactionHash: Messages.hash(number), conditionID: nil, assetID: nil, wallet: nil, side: nil,
            size: Decimal("1")!, price: Decimal("0.5")!, time: Timestamp(milliseconds: 0))
    }

    @Test func isProvedByATradeThatBothSidesReceived() {
        var handover = Handover()
        handover.received(trade(1), by: .old)
        handover.received(trade(1), by: .old)
        handover.received(trade(2), by: .new)
        #expect(!handover.isProved, "the second copy on one connection proves nothing")
        handover.received(trade(2), by: .old)
        #expect(handover.isProved)
    }
}
