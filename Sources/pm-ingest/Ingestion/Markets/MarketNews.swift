import PMJSON

/// What the market channel says of markets themselves.
package enum MarketNews: Sendable, Equatable {
    case opened(MarketFacts)
    case resolved(MarketFacts)

    /// - Parameter type: The event's.
    init?(_ event: FeedObject, type: String) {
        guard type == "new_market" || type == "market_resolved", let json = try? JSON(event.bytes),
            let facts = MarketFacts(event: json)
        else { return nil }
        self = type == "new_market" ? .opened(facts) : .resolved(facts)
    }
}
