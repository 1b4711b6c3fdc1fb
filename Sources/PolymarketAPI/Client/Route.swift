/// A class of requests with one limit and one form of answer.
package enum Route: String, Sendable, CaseIterable {
    case gammaMarketsKeyset = "gamma/markets/keyset"
    case gammaEvent = "gamma/events/slug"
    case gammaProfile = "gamma/public-profile"

    case dataTrades = "data/trades"
    case dataActivity = "data/activity"
    case dataPositions = "data/positions"
    case dataClosedPositions = "data/closed-positions"
    case dataValue = "data/value"
    case dataTraded = "data/traded"
    case dataLeaderboard = "data/leaderboard"

    case dataV2Trades = "data/v2/trades"
    case dataV2Activity = "data/v2/activity"
    case dataV2Positions = "data/v2/positions"
    case dataV2ComboPositions = "data/v2/positions/combos"
    case dataV2Value = "data/v2/value"
    case dataV2UserStats = "data/v2/user-stats"
    case dataV2UserVolume = "data/v2/user-volume"
    case dataV2Leaderboard = "data/v2/leaderboard"
    case dataV2Tokens = "data/v2/tokens"
    case dataV2Resolutions = "data/v2/resolutions"
    case dataV2PriceHistory = "data/v2/prices-history"
    case dataV2Status = "data/v2/status"

    case clobBook = "clob/book"
    case polygonReceipt = "polygon/receipt"
    case polygonLogs = "polygon/logs"

    package var host: APIHost {
        switch sharedAllowance {
        case .gamma: .gamma
        case .dataV1, .dataV2: .data
        case .clob: .clob
        case .polygon: .polygon
        }
    }

    /// The allowance that the route shares with other routes of its service.
    package var sharedAllowance: SharedAllowance {
        switch self {
        case .gammaMarketsKeyset, .gammaEvent, .gammaProfile:
            .gamma
        case .dataTrades, .dataActivity, .dataPositions, .dataClosedPositions, .dataValue, .dataTraded,
            .dataLeaderboard:
            .dataV1
        case .dataV2Trades, .dataV2Activity, .dataV2Positions, .dataV2ComboPositions, .dataV2Value,
            .dataV2UserStats, .dataV2UserVolume, .dataV2Leaderboard, .dataV2Tokens, .dataV2Resolutions,
            .dataV2PriceHistory, .dataV2Status:
            .dataV2
        case .clobBook: .clob
        case .polygonReceipt, .polygonLogs: .polygon
        }
    }

    /// The requests in any 10 s that are published as allowed, for one IP address: a starting point for a
    /// limiter.
    ///
    /// Routes without a figure of their own have that of the service. Source: docs/POLYMARKET.md, "Rate
    /// limits".
    package var publishedLimit: Int {
        switch self {
        case .gammaMarketsKeyset: 300
        case .gammaEvent: 500
        case .dataTrades: 200
        case .dataPositions, .dataClosedPositions: 150
        case .dataV2Trades: 300
        // The service counts 200 for both position lists together. The split is ours.
        case .dataV2Positions: 150
        case .dataV2ComboPositions: 50
        case .dataV2Activity, .dataV2PriceHistory: 200
        case .dataV2Status: 100
        case .clobBook: 1500
        case .gammaProfile, .dataActivity, .dataValue, .dataTraded, .dataLeaderboard, .dataV2Value,
            .dataV2UserStats, .dataV2UserVolume, .dataV2Leaderboard, .dataV2Tokens, .dataV2Resolutions,
            .polygonReceipt, .polygonLogs:
            sharedAllowance.publishedLimit
        }
    }
}
