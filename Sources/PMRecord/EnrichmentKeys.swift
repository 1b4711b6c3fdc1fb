import PMJSON

/// Keys inside a trade's `profile`, `market`, `impact` and `rank` that records do not have elsewhere.
extension Key {
    // profile: the wallet
    package static let totalProfit: JSONKey = "total_profit"
    package static let winRate: JSONKey = "win_rate"
    package static let winRateLow: JSONKey = "win_rate_low"
    package static let winRateHigh: JSONKey = "win_rate_high"
    package static let winners: JSONKey = "winners"
    package static let truncated: JSONKey = "truncated"
    package static let trades: JSONKey = "trades"
    package static let tradeCount: JSONKey = "trade_count"
    package static let tradeProfit: JSONKey = "trade_profit"
    package static let comboProfit: JSONKey = "combo_profit"
    package static let largestTrade: JSONKey = "largest_trade"
    package static let accountCreatedAt: JSONKey = "account_created_at"
    package static let activity: JSONKey = "activity"
    package static let label: JSONKey = "label"
    package static let portfolioValue: JSONKey = "portfolio_value"
    package static let whale: JSONKey = "whale"
    package static let source: JSONKey = "source"

    // market: the market
    package static let question: JSONKey = "question"
    package static let endDate: JSONKey = "end_date"
    package static let volume: JSONKey = "volume"
    package static let volume24h: JSONKey = "volume_24h"
    package static let liquidity: JSONKey = "liquidity"
    package static let outcomes: JSONKey = "outcomes"
    package static let outcomePrices: JSONKey = "outcome_prices"
    package static let negativeRisk: JSONKey = "neg_risk"
    package static let closed: JSONKey = "closed"
    package static let legs: JSONKey = "legs"

    // impact: the order book
    package static let levels: JSONKey = "levels"
    package static let slippagePercent: JSONKey = "slippage_percent"
    package static let bestPrice: JSONKey = "best_price"
    package static let depthValue: JSONKey = "depth_value"
    package static let swept: JSONKey = "swept"

    // rank, and its places: the wallet's positions on the leaderboards
    package static let places: JSONKey = "places"
    package static let placeProfit: JSONKey = "pnl"
    package static let volumeShares: JSONKey = "volume_shares"
}
