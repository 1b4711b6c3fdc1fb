/// A version of the Data API. Source: docs/POLYMARKET.md, "Data API v1".
package enum DataAPIVersion: String, Sendable, CaseIterable {
    /// The routes without a version, and `/v1/…`. Announced to end on 2026-10-24.
    case v1
    case v2
}

/// The reads that both versions serve, under other names and in other forms.
package enum DataResource: String, Sendable, CaseIterable {
    case trades, activity, positions, value, leaderboard
    case userStats = "user-stats"
}

extension Route {
    /// The read that the route serves; `nil` for other services, and for reads of one version only.
    package var dataResource: DataResource? {
        switch self {
        case .dataTrades, .dataV2Trades: .trades
        case .dataActivity, .dataV2Activity: .activity
        case .dataPositions, .dataClosedPositions, .dataV2Positions: .positions
        case .dataValue, .dataV2Value: .value
        case .dataLeaderboard, .dataV2Leaderboard: .leaderboard
        case .dataTraded, .dataV2UserStats: .userStats
        case .dataV2ComboPositions, .dataV2UserVolume, .dataV2Tokens, .dataV2Resolutions,
            .dataV2PriceHistory, .dataV2Status, .gammaMarketsKeyset,
            .gammaEvent, .gammaProfile, .clobBook, .polygonReceipt, .polygonLogs:
            nil
        }
    }

    /// The version of the Data API that the route belongs to; `nil` for other services.
    package var dataVersion: DataAPIVersion? {
        switch sharedAllowance {
        case .dataV1: .v1
        case .dataV2: .v2
        case .gamma, .clob, .polygon: nil
        }
    }
}
