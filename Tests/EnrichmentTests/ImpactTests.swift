import Enrichment
import PMRecord
import PolymarketAPI
import Testing

struct ImpactTests {
    static let book = OrderBook(
        bids: [("0.40", 100), ("0.45", 50), ("0.48", 10)].map(level),
        asks: [("0.60", 1000), ("0.56", 20), ("0.55", 20), ("0.53", 20), ("0.50", 100)].map(level))

    @Test(
        arguments: [
            (Side.buy, 100, 1, 0.0, false), (.buy, 120, 2, 1.0, false), (.buy, 160, 4, 3.5, false),
            (.buy, 1160, 5, 17.7241, false), (.buy, 1161, 5, 17.7241, true), (.sell, 10, 1, 0.0, false),
            (.sell, 60, 2, 5.2083, false), (.sell, 200, 3, 12.3698, true),
        ] as [(Side, Int64, Int, Double, Bool)])
    func walksTheBookFromTheBestPrice(side: Side, shares: Int64, levels: Int, slippage: Double, isSwept: Bool)
    {
        let impact = Impact(of: side, size: Micros(count: shares * 1_000_000), on: Self.book)
        #expect(impact.levels == levels)
        #expect(abs(impact.slippagePercent - slippage) < 0.0001)
        #expect(impact.isSwept == isSwept)
        #expect(impact.bestPrice?.description == (side == .buy ? "0.5" : "0.48"))
    }

    @Test(arguments: [(140, false), (141, true), (1161, true)] as [(Int64, Bool)])
    func aSweeperTakesMoreThanThreeLevelsOrTheWholeSide(shares: Int64, expected: Bool) {
        #expect(
            isSweeper(Impact(of: .buy, size: Micros(count: shares * 1_000_000), on: Self.book)) == expected)
    }

    @Test func depthIsTheValueOfTheWholeSide() {
        #expect(Impact(of: .sell, size: 1, on: Self.book).depthValue.description == "67.3")
    }

    @Test func anEmptySideIsSwept() {
        let impact = Impact(of: .buy, size: 1, on: OrderBook(bids: [], asks: []))
        #expect(impact == Impact(of: .sell, size: 1, on: OrderBook(bids: [], asks: [])))
        #expect(impact.levels == 0 && impact.isSwept && impact.bestPrice == nil)
    }
}

private func level(_ price: String, _ size: Int64) -> OrderBook.Level {
    OrderBook.Level(price: Micros(Decimal(price))!, size: Micros(count: size * 1_000_000))
}
