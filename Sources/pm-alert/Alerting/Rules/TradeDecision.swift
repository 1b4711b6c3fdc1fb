/// The decision on one trade: the alerts to deliver now, and the reason for every channel.
package struct TradeDecision: Sendable {
    /// The decision for one channel of one subscriber.
    package struct Route: Sendable {
        package let subscriber: String
        package let channel: ChannelAddress
        package let effect: Effect
    }

    package enum Effect: Sendable, Equatable {
        case newAlert
        /// An earlier alert covers the trade, and gets a follow-up.
        case followUp
        /// An earlier alert covers the trade, and has nothing to add.
        case alreadyCovered
        case coolingDown
        case filteredOut(RouteFilter.Mismatch)
    }

    package let trade: AlertTrade
    /// The types that the trade has; empty for a trade that meets no rule.
    package let types: [AlertType]
    package private(set) var alerts: [RoutedAlert] = []
    /// The decision for every channel; empty unless it is to be explained.
    package private(set) var routes: [Route] = []
    private let isExplaining: Bool

    init(_ trade: AlertTrade, informedScore: Int, isExplaining: Bool) {
        self.trade = trade
        self.isExplaining = isExplaining
        types = AlertType.types(of: trade, informedScore: informedScore)
    }

    /// The type of an alert for everyone; `nil` for a trade that meets none of the default rules.
    package var type: AlertType? { types.first(where: AlertType.defaults.contains) }

    /// True if the trade causes no alert because it is a maker's, and there are no subscribers to ask for it.
    var isCountedWithTaker: Bool { trade.isMaker && type != nil && routes.isEmpty && alerts.isEmpty }

    mutating func add(_ alert: RoutedAlert) { alerts.append(alert) }

    /// Sets the effect for these channels, and replaces an earlier one.
    mutating func set(_ effect: Effect, for subscriber: String?, on channels: [ChannelAddress]) {
        guard isExplaining, let subscriber, !channels.isEmpty else { return }
        routes.removeAll { $0.subscriber == subscriber && channels.contains($0.channel) }
        routes += channels.map { Route(subscriber: subscriber, channel: $0, effect: effect) }
    }
}

/// An alert, and the channels to deliver it to. Without channels it goes to standard output alone.
package struct RoutedAlert: Sendable {
    package let alert: Alert
    package let channels: [ChannelAddress]
}
