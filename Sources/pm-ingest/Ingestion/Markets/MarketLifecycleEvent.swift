import PMJSON

/// An event of the market channel about a market itself.
///
/// Source: `docs/POLYMARKET.md`, A.1.
package enum MarketLifecycleEvent: Sendable, Equatable {
    case opened(MarketDetails)
    case resolved(MarketDetails)

    /// - Parameter type: The event's `event_type`.
    /// - Returns: `nil` for any other type, and for an event without condition id or tokens.
    init?(_ event: FeedObject, type: String) {
        guard type == "new_market" || type == "market_resolved", let json = try? JSON(event.bytes),
            let market = MarketDetails(event: json)
        else { return nil }
        self = type == "new_market" ? .opened(market) : .resolved(market)
    }
}
