/// A class of requests that share one published limit.
package enum Route: String, Sendable, CaseIterable {
    case gammaMarkets = "gamma/markets"
    case gammaProfile = "gamma/public-profile"
    case dataTrades = "data/trades"
    case dataPositions = "data/positions"
    case dataClosedPositions = "data/closed-positions"
    case dataLeaderboard = "data/leaderboard"
    case clobBook = "clob/book"
    case polygonReceipt = "polygon/receipt"

    package var host: APIHost {
        switch self {
        case .gammaMarkets, .gammaProfile: .gamma
        case .dataTrades, .dataPositions, .dataClosedPositions, .dataLeaderboard: .data
        case .clobBook: .clob
        case .polygonReceipt: .polygon
        }
    }

    /// Requests in any 10 s that are published as allowed, for one address. Polygon's endpoint is the user's choice
    /// and publishes nothing in general; the number for it is a cautious guess.
    ///
    /// Source: docs.polymarket.com/api-reference/rate-limits; POLYMARKET.md, A.5.
    package var publishedLimit: Int {
        switch self {
        case .gammaMarkets: 300
        case .gammaProfile: 4000
        case .dataTrades: 200
        case .dataPositions, .dataClosedPositions: 150
        case .dataLeaderboard: 1000
        case .clobBook: 1500
        case .polygonReceipt: 50
        }
    }

    /// Things that one request may ask for, where its parameters are lists.
    package var mostAtOnce: Int {
        switch self {
        case .gammaMarkets: 20
        case .gammaProfile, .dataTrades, .dataPositions, .dataClosedPositions, .dataLeaderboard, .clobBook,
            .polygonReceipt:
            1
        }
    }
}
