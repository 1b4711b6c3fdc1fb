import PMRecord
import Signals
import Testing

struct PositionTests {
    @Test(arguments: [
        (Side.buy, "1000", "1000", "0", PositionChange.opening), (.buy, "1000", "1000.05", "0", .opening),
        (.buy, "1000", "1200", "0", .adding), (.buy, "1000", "1000", "800", .hedging),
        (.buy, "1000", "1000", "0.05", .opening), (.buy, "1000", "3000", "10.1", .hedging),
        (.sell, "1000", "0", "0", .closing), (.sell, "1000", "0.09", "0", .closing),
        (.sell, "1000", "9", "0", .closing), (.sell, "1000", "11", "0", .reducing),
        (.sell, "1000", "5000", "700", .reducing),
    ])
    func aTradeChangesThePosition(
        _ side: Side, _ size: String, _ held: String, _ heldOfOther: String, _ change: PositionChange
    ) {
        #expect(
            PositionChange(
                side, size: Decimal(size)!, held: Decimal(held)!, heldOfOther: Decimal(heldOfOther)!)
                == change)
    }

    static func fill(_ asset: String, _ side: Side, _ price: String, _ size: String) -> TakenLevels.Fill {
        TakenLevels.Fill(asset: asset, side: side, price: Decimal(price)!, size: Decimal(size)!)
    }

    @Test func aPurchaseTakesSalesAndMints() throws {
        // A purchase of Yes takes sales of Yes, and purchases of No at the price that is left to a dollar.
        let taken = try #require(
            TakenLevels(
                taking: .buy, of: "yes",
                from: [
                    Self.fill("yes", .sell, "0.60", "100"), Self.fill("no", .buy, "0.40", "50"),
                    Self.fill("yes", .sell, "0.62", "50"), Self.fill("no", .buy, "0.37", "200"),
                    Self.fill("yes", .sell, "0.64", "100"),
                ]))
        #expect(taken.levels == 4)
        #expect(taken.isSweep)
        #expect(taken.best.description == "0.6")
        #expect(taken.worst.description == "0.64")
        #expect(taken.average.description == "0.622")
    }

    @Test func aSaleTakesPurchasesFromTheHighest() throws {
        let taken = try #require(
            TakenLevels(
                taking: .sell, of: "yes",
                from: [
                    Self.fill("yes", .buy, "0.58", "100"), Self.fill("no", .sell, "0.41", "100"),
                    Self.fill("yes", .buy, "0.57", "100"),
                ]))
        #expect(taken.levels == 3)
        #expect(!taken.isSweep)
        #expect(taken.best.description == "0.59")
        #expect(taken.worst.description == "0.57")
        #expect(taken.average.description == "0.58")
    }

    @Test func fillsThatDoNotFitAreLeftOut() {
        // A maker of the same token on the same side cannot be a counterparty.
        #expect(
            TakenLevels(
                taking: .buy, of: "yes",
                from: [Self.fill("yes", .buy, "0.6", "10"), Self.fill("no", .sell, "0.4", "10")]) == nil)
        #expect(TakenLevels(taking: .buy, of: "yes", from: [Self.fill("yes", .sell, "0.6", "0")]) == nil)
        #expect(TakenLevels(taking: .buy, of: "yes", from: []) == nil)
    }
}
