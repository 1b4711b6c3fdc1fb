import Enrichment
import PMRecord
import PolymarketAPI
import Testing

struct TagTests {
    static let winner = ProfileTests.profile(
        resolved: (0, 0), closed: (won: 20, lost: 2), profitOfEach: 6000, trades: 9)
    static let sweep = Impact(of: .buy, size: 1, on: OrderBook(bids: [], asks: []))

    @Test func tagsAreCumulativeAndOrdered() {
        #expect(
            tags(tier: "GOD_WHALE", profile: Self.winner, impact: Self.sweep, time: nil) == [
                "GOD_WHALE", "SUPER_WHALE", "MEGA_WHALE", "WHALE", "SMART_MONEY", "FRESH_WALLET", "SWEEPER",
                "INSIDER",
            ])
    }

    @Test func aTradeWithoutATierHasOnlyTheTagsOfRules() {
        #expect(tags(tier: nil, profile: nil, impact: Self.sweep, time: nil) == ["SWEEPER"])
        #expect(tags(tier: nil, profile: nil, impact: nil, time: nil) == [])
    }

    @Test func aTagWithoutAnAnswerIsKept() {
        let earlier = ["WHALE", "SMART_MONEY", "SWEEPER"]
        #expect(
            tags(tier: nil, profile: nil, impact: nil, time: nil, earlier: earlier) == [
                "SMART_MONEY", "SWEEPER",
            ])
        let loser = ProfileTests.profile(resolved: (0, 0), closed: (won: 0, lost: 2), trades: 60)
        let time = Timestamp("2026-12-24T00:00:00Z")
        #expect(tags(tier: nil, profile: loser, impact: nil, time: time, earlier: earlier) == ["SWEEPER"])
        let unknown = WalletProfile(WalletAnswers(), asOf: ProfileTests.asOf)
        #expect(
            tags(tier: nil, profile: unknown, impact: nil, time: time, earlier: ["FRESH_WALLET", "INSIDER"])
                == ["FRESH_WALLET", "INSIDER"])
    }
}
