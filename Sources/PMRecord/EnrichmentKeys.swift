import PMJSON

/// What stands inside a trade's `profile`, `market`, `impact` and `rank`, besides names that records have too.
extension Key {
    // profile: who traded
    package static let totalProfit: JSONKey = "total_profit"
    package static let winRate: JSONKey = "win_rate"
    package static let winRateLow: JSONKey = "win_rate_low"
    package static let winRateHigh: JSONKey = "win_rate_high"
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

    // market: what was traded
    package static let question: JSONKey = "question"
    package static let endDate: JSONKey = "end_date"
    package static let volume: JSONKey = "volume"
    package static let volume24h: JSONKey = "volume_24h"
    package static let liquidity: JSONKey = "liquidity"
    package static let outcomes: JSONKey = "outcomes"
    package static let outcomePrices: JSONKey = "outcome_prices"
    package static let negativeRisk: JSONKey = "neg_risk"
    package static let closed: JSONKey = "closed"

    // impact: what the order book looked like
    package static let levels: JSONKey = "levels"
    package static let slippagePercent: JSONKey = "slippage_percent"
    package static let bestPrice: JSONKey = "best_price"
    package static let depthValue: JSONKey = "depth_value"
    package static let swept: JSONKey = "swept"

    // rank, and each of its places: where the wallet stands on the leaderboards
    package static let places: JSONKey = "places"
    package static let placeProfit: JSONKey = "pnl"
}
