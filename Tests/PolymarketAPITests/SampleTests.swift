import Foundation
import PMRecord
import PolymarketAPI
import TestSupport
import Testing

/// What the real services sent; the expected numbers were read off the samples by hand.
struct SampleTests {
    @Test(.needsSample("gamma_market.trimmed.jsonl")) func aMarket() throws {
        let market = try #require(try Gamma.markets(in: rows("gamma_market.trimmed.jsonl")).first)
        #expect(market.question == "Will Norway win on 2026-09-24?")
        #expect(market.slug == "unl-nor-den-2026-09-24-nor")
        #expect(market.eventSlug == "unl-nor-den-2026-09-24")
        #expect(market.volume?.description == "1111647.718016")
        #expect(market.volume24h?.description == "991170.708629")
        #expect(market.outcomePrices.map(\.description) == ["0.575", "0.425"])
        #expect(market.tags == ["Sports", "Games", "Soccer"])
        #expect(market.isNegativeRisk && !market.isClosed)
    }

    @Test(.needsSample("gamma_market.jsonl")) func aMarketWithEveryMember() throws {
        let market = try #require(try Gamma.markets(in: rows("gamma_market.jsonl")).first)
        #expect(market.outcomes == ["Up", "Down"])
        #expect(market.liquidity?.description == "20328.3747")
        #expect(market.tags.isEmpty)
    }

    @Test(.needsSample("data_api.positions.jsonl")) func positions() throws {
        let positions = try DataAPI.positions(in: rows("data_api.positions.jsonl")).rows
        #expect(positions.map(\.cashProfit.description) == ["-1145352.9486", "-226519.48"])
        #expect(positions.allSatisfy { $0.currentValue == .zero })
    }

    @Test(.needsSample("data_api.closed_positions.jsonl")) func closedPositions() throws {
        let positions = try DataAPI.closedPositions(in: rows("data_api.closed_positions.jsonl")).rows
        #expect(positions.map(\.realizedProfit.description) == ["583.1364", "1113.0366", "-276.1366"])
        #expect(positions[0].time == Timestamp("2026-09-24T14:02:28Z"))
    }

    @Test(.needsSample("data_api.trades.jsonl")) func trades() throws {
        let trades = try DataAPI.trades(in: rows("data_api.trades.jsonl")).rows
        #expect(trades.count == 5)
        #expect(trades[1].value == 19_200)  // 40,000 × 0.48
        #expect(trades[0].wallet == "0xac482f27ac3d1144ca4f778af405eb5cac5d2feb")
    }
}

/// The sample's rows as the list that the service answered with.
private func rows(_ name: String) throws -> [UInt8] {
    let text = try String(contentsOfFile: try #require(SharedSamples.path(name)), encoding: .utf8)
    return bytes("[" + text.split(separator: "\n").joined(separator: ",") + "]")
}
