import PMFlow
import PMRecord

/// The known market details, looked up by token: a bounded cache with least-recently-used eviction.
package struct MarketDirectory: Sendable {
    private struct Token {
        let conditionID: String
        let outcomeIndex: Int
    }

    /// Details do not change, and evicted ones are looked up again; so entries live long.
    private static let lifetime = Duration.seconds(86_400)
    private static let lookUpPause = Duration.seconds(60)

    private var markets: Cache<String, MarketDetails>
    private var tokens: Cache<String, Token>
    /// Tokens that were looked up within the last ``lookUpPause``.
    private var lookedUp: Cache<String, Bool>

    /// - Parameters:
    ///   - mostMarkets: The default is 5,000.
    ///   - mostAssets: The default is 10,000.
    package init(mostMarkets: Int = 5_000, mostAssets: Int = 10_000) {
        markets = Cache(capacity: mostMarkets)
        tokens = Cache(capacity: mostAssets)
        lookedUp = Cache(capacity: 1_000)
    }

    package mutating func add(_ market: MarketDetails, at now: ContinuousClock.Instant) {
        let expiry = now + Self.lifetime
        markets.set(market, for: market.conditionID, until: expiry)
        for (index, asset) in market.assets.enumerated() {
            tokens.set(
                Token(conditionID: market.conditionID, outcomeIndex: index), for: asset, until: expiry)
        }
    }

    /// Adds the details of its market to a trade. Values that the trade has already are kept.
    ///
    /// - Returns: `false` when the market is unknown.
    package mutating func addDetails(to trade: inout Trade, at now: ContinuousClock.Instant) -> Bool {
        guard let asset = trade.assetID, let token = tokens.value(for: asset, at: now),
            let market = markets.value(for: token.conditionID, at: now)
        else { return false }
        trade.conditionID = trade.conditionID ?? market.conditionID
        trade.title = trade.title ?? market.title
        trade.slug = trade.slug ?? market.slug
        trade.eventSlug = trade.eventSlug ?? market.eventSlug
        trade.icon = trade.icon ?? market.icon
        trade.outcomeIndex = trade.outcomeIndex ?? token.outcomeIndex
        if trade.outcome == nil, market.outcomes.indices.contains(token.outcomeIndex) {
            trade.outcome = market.outcomes[token.outcomeIndex]
        }
        return true
    }

    /// Returns true if a token is to be looked up now: for one token at most once a minute.
    package mutating func shouldLookUp(_ asset: String, at now: ContinuousClock.Instant) -> Bool {
        guard lookedUp.value(for: asset, at: now) == nil else { return false }
        lookedUp.set(true, for: asset, until: now + Self.lookUpPause)
        return true
    }
}
