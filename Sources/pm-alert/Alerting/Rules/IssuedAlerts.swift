import PMFlow
import PMRecord

/// The alerts that were issued lately, and the trades that each of them covers.
struct IssuedAlerts: Sendable {
    struct Entry {
        /// The channels that have the alert.
        var channels: [ChannelAddress]
        var burst: Burst
        private(set) var revision: Int
        /// The trade of the last revision, and how much was known of it.
        private(set) var tradeID: String
        private(set) var knowledge: Int
        /// The number of follow-ups because the burst had grown.
        private(set) var followUps: Int
        /// The number of trades in the last revision.
        private var tradeCount: Int
        private var issuedAt: ContinuousClock.Instant

        init(_ alert: Alert, on channels: [ChannelAddress], at now: ContinuousClock.Instant) {
            (tradeID, knowledge) = (alert.trade.id, alert.trade.knowledge)
            (revision, followUps) = (alert.revision, alert.revision)
            self.channels = channels
            burst = alert.burst
            tradeCount = alert.burst.trades.count
            issuedAt = now
        }

        /// The earliest time of the next follow-up.
        var nextFollowUp: ContinuousClock.Instant { issuedAt + FollowUps.pause(after: followUps) }

        /// Counts a revision that goes to new channels only.
        mutating func addRevision() { revision += 1 }

        /// Counts a revision that goes to all channels.
        mutating func addRevision(showing trade: AlertTrade, at now: ContinuousClock.Instant) {
            revision += 1
            followUps += burst.trades.count > tradeCount ? 1 : 0
            tradeCount = burst.trades.count
            (tradeID, knowledge, issuedAt) = (trade.id, trade.knowledge, now)
        }
    }

    private var entries = Cache<String, Entry>(capacity: 100_000)
    /// The id of the alert that covers a trade, by the id that the trade's own alert would have.
    private var covering = Cache<String, String>(capacity: 100_000)
    /// The id of the last alert about a party, by subscriber, rule and party.
    private var latest = Cache<String, String>(capacity: 10_000)
    /// The displayed trade of each alert whose burst may still grow.
    private var displayed = Cache<String, AlertTrade>(capacity: 2_000)

    mutating func entry(_ id: String, at now: ContinuousClock.Instant) -> Entry? {
        entries.value(for: id, at: now)
    }

    /// Returns the channels that have the alert, expired or not.
    func channels(of id: String) -> [ChannelAddress] {
        entries.staleValue(for: id)?.channels ?? []
    }

    /// Returns the id of the alert that covers the trade, if there is one.
    ///
    /// - Parameters:
    ///   - ownID: The id that the trade's own alert would have.
    ///   - pause: The longest pause between two trades of a burst.
    mutating func alertCovering(
        _ trade: AlertTrade, ownID: String, _ type: AlertType, _ subscriber: String?, within pause: Duration,
        at now: ContinuousClock.Instant
    ) -> String? {
        if let id = covering.value(for: ownID, at: now) { return id }
        if entries.value(for: ownID, at: now) != nil { return ownID }
        guard let id = latest.value(for: Self.partyKey(trade, type, subscriber), at: now),
            entries.value(for: id, at: now)?.burst.continues(with: trade, within: pause) ?? false
        else { return nil }
        return id
    }

    /// Returns the trade to display for an alert that gains a trade: the largest of those best known.
    mutating func tradeToDisplay(
        for id: String, adding trade: AlertTrade, at now: ContinuousClock.Instant
    ) -> AlertTrade {
        guard let shown = displayed.value(for: id, at: now), shown.party == trade.party else { return trade }
        let (new, old) = (trade.value ?? .zero, shown.value ?? .zero)
        return (trade.knowledge, new) > (shown.knowledge, old) ? trade : shown
    }

    /// Stores an alert that was issued.
    mutating func save(_ entry: Entry, of alert: Alert, until expiry: ContinuousClock.Instant) {
        entries.set(entry, for: alert.id, until: expiry)
        displayed.set(alert.trade, for: alert.id, until: expiry)
        latest.set(
            alert.id, for: Self.partyKey(alert.trade, alert.type, alert.subscriber), until: expiry)
        for transaction in alert.burst.transactions {
            let ownID = Alert.id(
                alert.type, of: transaction, in: alert.trade.condition, isMaker: alert.trade.isMaker,
                to: alert.subscriber)
            if ownID != alert.id { covering.set(alert.id, for: ownID, until: expiry) }
        }
    }

    /// Stores an alert that has changed but is not issued again yet.
    mutating func update(_ entry: Entry, of id: String, until expiry: ContinuousClock.Instant) {
        entries.set(entry, for: id, until: expiry)
    }

    /// Notes that the alert covers a further trade.
    ///
    /// - Parameter ownID: The id that the trade's own alert would have.
    mutating func cover(_ ownID: String, by id: String, until expiry: ContinuousClock.Instant) {
        covering.set(id, for: ownID, until: expiry)
    }

    private static func partyKey(_ trade: AlertTrade, _ type: AlertType, _ subscriber: String?) -> String {
        [subscriber ?? "", type.rawValue, trade.party].joined(separator: "|")
    }
}
