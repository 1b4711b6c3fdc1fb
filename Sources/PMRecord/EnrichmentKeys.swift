import PMJSON

extension Key {
    /// The members of a trade's `profile`: who traded.
    package enum Profile {
        package static let name: JSONKey = "name"
        package static let pseudonym: JSONKey = "pseudonym"
        package static let totalProfit: JSONKey = "total_profit"
        package static let winRate: JSONKey = "win_rate"
        package static let winRateLow: JSONKey = "win_rate_low"
        package static let winRateHigh: JSONKey = "win_rate_high"
        package static let positions: JSONKey = "positions"
        package static let winners: JSONKey = "winners"
        package static let truncated: JSONKey = "truncated"
        package static let trades: JSONKey = "trades"
        package static let largestTrade: JSONKey = "largest_trade"
        package static let accountCreatedAt: JSONKey = "account_created_at"
        package static let activity: JSONKey = "activity"
        package static let label: JSONKey = "label"
        package static let portfolioValue: JSONKey = "portfolio_value"
        package static let whale: JSONKey = "whale"
        package static let source: JSONKey = "source"
    }

    /// The members of a trade's `market`: what was traded.
    package enum Market {
        package static let question: JSONKey = "question"
        package static let slug: JSONKey = "slug"
        package static let eventSlug: JSONKey = "event_slug"
        package static let endDate: JSONKey = "end_date"
        package static let volume: JSONKey = "volume"
        package static let volume24h: JSONKey = "volume_24h"
        package static let liquidity: JSONKey = "liquidity"
        package static let outcomes: JSONKey = "outcomes"
        package static let outcomePrices: JSONKey = "outcome_prices"
        package static let tags: JSONKey = "tags"
        package static let negativeRisk: JSONKey = "neg_risk"
        package static let closed: JSONKey = "closed"
    }

    /// The members of a trade's `impact`: what the order book looked like.
    package enum Impact {
        package static let levels: JSONKey = "levels"
        package static let slippagePercent: JSONKey = "slippage_percent"
        package static let bestPrice: JSONKey = "best_price"
        package static let depthValue: JSONKey = "depth_value"
        package static let swept: JSONKey = "swept"
    }

    /// The members of a trade's `rank`, and of one of its `places`: where the wallet stands on the leaderboard.
    package enum Rank {
        package static let places: JSONKey = "places"
        package static let period: JSONKey = "period"
        package static let rank: JSONKey = "rank"
        package static let profit: JSONKey = "pnl"
        package static let volume: JSONKey = "volume"
    }
}
