import PMJSON
import PMRecord
import PolymarketAPI

/// A market as the services describe it, and as JSON for records.
package struct MarketSnapshot: Sendable {
    package let endDate: Timestamp?
    package let isClosed: Bool
    /// Dollars; `nil` when unknown.
    let volume24h: Micros?
    /// The exchange's names of its topics, the category first.
    let topics: [String]
    let json: [UInt8]

    package init(_ market: Gamma.Market, asOf: Timestamp) {
        endDate = market.endDate
        isClosed = market.isClosed
        (volume24h, topics) = (market.volume24h, market.tags)
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
                // Some prices without the others would take the wrong places.
                let known = market.prices.compactMap(\.self)
                guard known.count == market.prices.count else { return }
                for price in known { prices.raw(price.description.utf8) }
            }
            object.member(Key.tags, market.tags)
            object.member(Key.negativeRisk, market.isNegativeRisk)
            object.member(Key.feeRate, market.feeRate)
            object.member(Key.closed, market.isClosed)
            object.member(Key.asOf, asOf.description)
        }
        json = writer.bytes
    }

    /// A market, or a combo, that Gamma does not list, from its tokens.
    ///
    /// - Returns: `nil` without tokens.
    package init?(_ tokens: [DataAPI.TokenRow], asOf: Timestamp) {
        guard let first = tokens.first else { return nil }
        let tokens = tokens.sorted { ($0.outcomeIndex ?? .max) < ($1.outcomeIndex ?? .max) }
        endDate = nil
        let isClosed = first.isClosed ?? first.isResolved ?? false
        self.isClosed = isClosed
        (volume24h, topics) = (nil, [])
        var writer = JSONWriter()
        writer.object { object in
            object.member(Key.question, first.title)
            object.member(Key.marketType, first.marketType?.rawValue)
            object.member(Key.slug, first.slug)
            object.member(Key.eventSlug, first.eventSlug)
            if tokens.count > 1 { object.member(Key.outcomes, tokens.map { $0.outcome ?? "" }) }
            object.member(Key.negativeRisk, first.isNegativeRisk ?? (first.marketType == .negativeRisk))
            object.member(Key.closed, isClosed)
            object.member(Key.asOf, asOf.description)
        }
        json = writer.bytes
    }

    /// A combo, from a position in it.
    package init(_ combo: DataAPI.ComboPosition, asOf: Timestamp) {
        endDate = nil
        let isClosed = combo.resolvedAt != nil
        self.isClosed = isClosed
        (volume24h, topics) = (nil, [])
        var writer = JSONWriter()
        writer.object { object in
            let titles = combo.legs.compactMap(\.title)
            object.member(Key.question, titles.isEmpty ? nil : titles.joined(separator: " AND "))
            object.member(Key.marketType, MarketType.combo.rawValue)
            object.key(Key.legs)
            object.array { legs in
                for leg in combo.legs {
                    legs.object { item in
                        item.member(Key.question, leg.title)
                        item.member(Key.outcome, leg.outcome)
                        item.member(Key.conditionID, leg.conditionID?.text)
                        item.member(Key.assetID, leg.asset)
                        item.member(Key.slug, leg.slug)
                        item.member(Key.eventSlug, leg.eventSlug)
                        item.member(Key.price, leg.price)
                        item.member(Key.state, leg.status)
                    }
                }
            }
            object.member(Key.closed, isClosed)
            object.member(Key.asOf, asOf.description)
        }
        json = writer.bytes
    }
}
