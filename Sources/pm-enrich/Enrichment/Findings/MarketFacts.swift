import PMJSON
import PMRecord
import PolymarketAPI

/// What Gamma says of a market, ready to stand in a record.
package struct MarketFacts: Sendable {
    package let endDate: Timestamp?
    package let isClosed: Bool
    let json: [UInt8]

    package init(_ market: Gamma.Market, asOf: Timestamp) {
        endDate = market.endDate
        isClosed = market.isClosed
        var writer = JSONWriter()
        writer.object { object in
            object.member(Key.Market.question, market.question)
            object.member(Key.Market.slug, market.slug)
            object.member(Key.Market.eventSlug, market.eventSlug)
            object.member(Key.Market.endDate, market.endDate?.description)
            object.member(Key.Market.volume, market.volume)
            object.member(Key.Market.volume24h, market.volume24h)
            object.member(Key.Market.liquidity, market.liquidity)
            object.member(Key.Market.outcomes, market.outcomes)
            object.key(Key.Market.outcomePrices)
            object.array { prices in
                for price in market.outcomePrices { prices.raw(price.description.utf8) }
            }
            object.member(Key.Market.tags, market.tags)
            object.member(Key.Market.negativeRisk, market.isNegativeRisk)
            object.member(Key.Market.closed, market.isClosed)
            object.member(Key.asOf, asOf.description)
        }
        json = writer.bytes
    }
}
