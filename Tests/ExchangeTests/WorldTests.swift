import Exchange
import PMRecord
import Testing

struct WorldTests {
    private static let start = Timestamp(milliseconds: 1_790_262_240_000)
    private let world: World = {
        var world = World(World.Options(), start: WorldTests.start)
        for second in 0..<4_000 {
            let now = WorldTests.start.advanced(by: .milliseconds(second * 50))
            _ = world.advance(to: now)
            _ = world.match(at: now)
        }
        return world
    }()

    @Test func aboutOneTradeInTwentyIsLargeAndEveryTierIsReached() {
        let values = world.truth.map(\.dollars)
        let large = Double(values.count { $0 >= 1_000 }) / Double(values.count)
        #expect((0.03...0.08).contains(large))
        for tier in [8_001.0, 15_000, 50_000, 100_000] { #expect(values.contains { $0 >= tier }) }
    }

    @Test func bothSidesOfATransactionAreOfOneSize() {
        for fills in Dictionary(grouping: world.truth, by: \.transaction).values {
            let taken = fills.filter(\.isTaker).map(\.shares).reduce(0, +)
            let made = fills.filter { !$0.isTaker }.map(\.shares).reduce(0, +)
            #expect(abs(taken - made) < 0.0001)
        }
    }

    @Test func makersMostlyTakeTheOtherTokenOnTheSameSide() {
        let takers = Dictionary(world.truth.filter(\.isTaker).map { ($0.transaction, $0) }) { first, _ in
            first
        }
        let makers = world.truth.filter { !$0.isTaker }
        let minted = makers.count {
            $0.outcome != takers[$0.transaction]?.outcome && $0.side == takers[$0.transaction]?.side
        }
        #expect((0.7...0.86).contains(Double(minted) / Double(makers.count)))
    }

    @Test func thereAreTwinsTailsAndUnknownOutcomes() {
        #expect(world.truth.contains { $0.quirks.contains(.twin) })
        #expect(world.truth.contains { $0.quirks.contains(.unknownOutcome) })
        #expect(world.truth.contains { $0.quirks.contains(.textualNumbers) })
        #expect(world.truth.contains { $0.price.count > 12 })
    }

    @Test func timeOpensAndResolvesTheShortMarkets() {
        var world = World(World.Options(), start: Self.start)
        let events = world.advance(to: Self.start.advanced(by: .seconds(600)))
        #expect(events.count == 12)
        #expect(world.markets.contains { $0.event.series != nil && $0.isClosed })
    }

    @Test func blocksNeverGoBack() {
        #expect(zip(world.truth, world.truth.dropFirst()).allSatisfy { $0.block.number <= $1.block.number })
    }
}
