import PMJSON

/// The keys of an `alert` record that no other record has.
extension Key {
    package static let message: JSONKey = "message"
    package static let tradeTime: JSONKey = "trade_time"
    /// The total value of a burst in dollars; absent for a single trade, as is ``averagePrice``.
    package static let totalValue: JSONKey = "total_value"
    package static let averagePrice: JSONKey = "average_price"
    package static let channels: JSONKey = "channels"
    package static let channel: JSONKey = "channel"
    package static let attempts: JSONKey = "attempts"
}
