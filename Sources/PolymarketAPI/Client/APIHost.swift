/// A service that requests go to.
package enum APIHost: String, Sendable, CaseIterable {
    case gamma, data, clob, polygon

    /// The requests in any 10 s that are published as allowed for all routes together.
    /// The Data API has the smaller number of its two versions.
    package var publishedLimit: Int {
        switch self {
        case .gamma: SharedAllowance.gamma.publishedLimit
        case .data: SharedAllowance.dataV2.publishedLimit
        case .clob: SharedAllowance.clob.publishedLimit
        case .polygon: SharedAllowance.polygon.publishedLimit
        }
    }
}

/// Routes that draw on one published allowance together, besides the limit of each route.
package enum SharedAllowance: String, Sendable, CaseIterable {
    case gamma
    case dataV1 = "data/v1"
    case dataV2 = "data/v2"
    case clob
    case polygon

    /// The requests in any 10 s that are published as allowed, for one IP address and all routes together.
    ///
    /// A JSON-RPC endpoint publishes no figure in general; the figure is a cautious guess.
    /// Source: docs/POLYMARKET.md, "Rate limits".
    package var publishedLimit: Int {
        switch self {
        case .gamma: 4000
        case .dataV1: 1000
        case .dataV2: 800
        case .clob: 9000
        case .polygon: 50
        }
    }
}
