import Ingestion
import PMRecord
import Testing

struct MatchRolesTests {
    private let decoder = FrameDecoder(via: .live)
    private let other = "0x" + String(repeating: "b", count: 40)

    private func trade(_ type: String, _ row: String) -> Trade {
        decoder.decode(frame: Messages.activity(type: type, row)).first!.trade!
    }

    @Test func theTakersRowSettlesTheRolesOfItsTransaction() {
        var roles = MatchRoles()
        let early = trade("trades", Messages.row(wallet: other, size: "2"))
        #expect(roles.role(of: early) == nil, "the taker is not known yet")
        #expect(roles.role(of: trade("orders_matched", Messages.row())) == .taker)
        #expect(roles.role(of: early) == .maker)
        #expect(roles.role(of: trade("trades", Messages.row(size: "3"))) == nil, "the taker's own wallet")
        let elsewhere = Messages.row(transaction: Messages.hash(7), wallet: other)
        #expect(roles.role(of: trade("trades", elsewhere)) == nil)
    }

    @Test func onlyATakerPaysAFee() {
        #expect(trade("trades", Messages.row(more: #","fee":1.5309"#)).role == .taker)
        #expect(trade("trades", Messages.row(more: #","fee":"0.01""#)).role == .taker)
        #expect(trade("trades", Messages.row(more: #","fee":0"#)).role == nil)
        #expect(trade("trades", Messages.row()).role == nil)
    }

    @Test func theMarketChannelHasTakers() {
        #expect(decoder.decode(frame: Messages.lastTradePrice()).first?.trade?.role == .taker)
    }

    @Test func theRoleIsNotPartOfTheIdentity() {
        var trade = trade("trades", Messages.row())
        let without = trade.identity
        trade.role = .taker
        #expect(trade.identity == without)
    }

    @Test func forgetsTheOldestTransactions() {
        var roles = MatchRoles(capacity: 2)
        let transactions = ["a", "b", "c"].map { "0x" + String(repeating: $0, count: 64) }
        for transaction in transactions {
            _ = roles.role(of: trade("orders_matched", Messages.row(transaction: transaction)))
        }
        let makers = transactions.map {
            roles.role(of: trade("trades", Messages.row(transaction: $0, wallet: other)))
        }
        #expect(makers == [nil, .maker, .maker])
    }
}
