import PMJSON
import PMRecord
import PolymarketAPI

/// A market as Gamma describes it, and as JSON for records.
package struct MarketSnapshot: Sendable {
    package let endDate: Timestamp?
    package let isClosed: Bool
    let json: [UInt8]

    package init(_ market: Gamma.Market, asOf: Timestamp) {
        endDate = market.endDate
        isClosed = market.isClosed
        var writer = JSONWriter()
        writer.object { object in
            object.member(Key.question, market.question)
            object.member(Key.slug, market.slug)
            object.member(Key.eventSlug, market.eventSlug)
            object.member(Key.endDate, market.endDate?.description)
            object.member(Key.volume, market.volume)
            object.member(Key.volume24h, market.volume24h)
            object.member(Key.liquidity, market.liquidity)
            object.member(Key.outcomes, market.outcomes)
            object.key(Key.outcomePrices)
            object.array { prices in
                for price in market.outcomePrices { prices.raw(price.description.utf8) }
            }
            object.member(Key.tags, market.tags)
            object.member(Key.negativeRisk, market.isNegativeRisk)
            object.member(Key.closed, market.isClosed)
            object.member(Key.asOf, asOf.description)
        }
        json = writer.bytes
    }
}
