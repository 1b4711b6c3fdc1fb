import PMFlow
import PMRecord

/// What is known of markets, by token: bounded, least recently used first to go.
package struct MarketBook: Sendable {
    private struct Token {
        let conditionID: String
        let outcomeIndex: Int
    }

    /// Facts do not change; what is forgotten is looked up again.
    private static let life = Duration.seconds(86_400)

    private var markets: Cache<String, MarketFacts>
    private var tokens: Cache<String, Token>
    /// Tokens asked for, so that each is asked for once in a while.
    private var asked: Cache<String, Bool>

    /// - Parameters:
    ///   - mostMarkets: The default is 5,000.
    ///   - mostAssets: The default is 10,000.
    package init(mostMarkets: Int = 5_000, mostAssets: Int = 10_000) {
        markets = Cache(capacity: mostMarkets)
        tokens = Cache(capacity: mostAssets)
        asked = Cache(capacity: 1_000)
    }

    package var count: Int { markets.count }

    package mutating func learn(_ facts: MarketFacts, at now: ContinuousClock.Instant) {
        markets.set(facts, for: facts.conditionID, until: now + Self.life)
        for (index, asset) in facts.assets.enumerated() {
            tokens.set(
                Token(conditionID: facts.conditionID, outcomeIndex: index), for: asset, until: now + Self.life
            )
        }
    }

    /// Gives a trade what is known of its market.
    ///
    /// - Returns: Whether anything is known.
    package mutating func describe(_ trade: inout Trade, at now: ContinuousClock.Instant) -> Bool {
        guard let asset = trade.assetID, let token = tokens.value(for: asset, at: now),
            let facts = markets.value(for: token.conditionID, at: now)
        else { return false }
        trade.conditionID = trade.conditionID ?? facts.conditionID
        trade.title = trade.title ?? facts.title
        trade.slug = trade.slug ?? facts.slug
        trade.eventSlug = trade.eventSlug ?? facts.eventSlug
        trade.icon = trade.icon ?? facts.icon
        trade.outcomeIndex = trade.outcomeIndex ?? token.outcomeIndex
        if trade.outcome == nil, facts.outcomes.indices.contains(token.outcomeIndex) {
            trade.outcome = facts.outcomes[token.outcomeIndex]
        }
        return true
    }

    /// Whether to look a token up: not if that was done in the last minute.
    package mutating func shouldLookUp(_ asset: String, at now: ContinuousClock.Instant) -> Bool {
        guard asked.value(for: asset, at: now) == nil else { return false }
        asked.set(true, for: asset, until: now + .seconds(60))
        return true
    }
}
