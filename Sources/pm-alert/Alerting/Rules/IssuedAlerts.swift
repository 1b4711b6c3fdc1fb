import PMFlow
import PMRecord

/// The alerts that were issued lately, and the trades that each of them covers.
struct IssuedAlerts: Sendable {
    /// The parts of one alert that are remembered.
    struct Entry {
        let id: CompactID
        fileprivate let subscriber: String?
        /// The channels that have the alert.
        var channels: [ChannelAddress]
        var burst: Burst
        private(set) var revision: Int
        /// The trade of the last revision, and how much was known of it.
        private(set) var tradeID: CompactID
        private(set) var knowledge: Int
        /// The number of follow-ups because the burst had grown.
        private(set) var followUps: Int
        /// The number of trades in the last revision.
        private var tradeCount: Int
        private var issuedAt: ContinuousClock.Instant

        init(_ alert: Alert, on channels: [ChannelAddress], at now: ContinuousClock.Instant) {
            (id, subscriber) = (alert.revisionID.id, alert.subscriber)
            (tradeID, knowledge) = (CompactID(alert.trade.id), alert.trade.knowledge)
            (revision, followUps) = (alert.revision, alert.revision)
            self.channels = channels
            burst = alert.burst
            tradeCount = alert.burst.tradeCount
            issuedAt = now
        }

        /// The earliest time of the next follow-up.
        var nextFollowUp: ContinuousClock.Instant { issuedAt + FollowUps.pause(after: followUps) }

        /// Counts a revision that goes to new channels only.
        mutating func addRevision() { revision += 1 }

        /// Counts a revision that goes to all channels.
        mutating func addRevision(showing trade: AlertTrade, at now: ContinuousClock.Instant) {
            revision += 1
            followUps += burst.tradeCount > tradeCount ? 1 : 0
            tradeCount = burst.tradeCount
            (tradeID, knowledge, issuedAt) = (CompactID(trade.id), trade.knowledge, now)
        }
    }

    /// The place of an alert in the table: the transaction that it started with, and its subscriber.
    struct Place: Hashable, Sendable {
        let start: Fingerprint
        let subscriber: String?
    }

    /// The alerts by the transaction that they started with: one for each subscriber.
    private var alerts = Cache<Fingerprint, [Entry]>(capacity: 100_000, maxWeight: 100_000)
    /// The alerts that cover a further transaction.
    private var covering = Cache<Fingerprint, [Place]>(capacity: 100_000)
    /// The last alert of each subscriber about a party.
    private var latest = Cache<Fingerprint, [Place]>(capacity: 10_000)
    /// The displayed trade of each alert whose burst may still grow.
    private var displayed = Cache<Place, AlertTrade>(capacity: 2_000)
    /// The channels of the last new alert, whose array the next one shares if it has the same.
    private var lastChannels: [ChannelAddress] = []

    /// Returns the alert, expired or not.
    func entry(at place: Place) -> Entry? {
        alerts.staleValue(for: place.start)?.first { $0.subscriber == place.subscriber }
    }

    /// Returns the alerts that cover a trade or whose burst it continues: one for each subscriber at most.
    ///
    /// - Parameter pause: The longest pause between two trades of a burst.
    mutating func covering(
        _ trade: AlertTrade, _ type: AlertType, within pause: Duration, at now: ContinuousClock.Instant
    ) -> [Place] {
        let start = Self.key(type, trade.transactionID, of: trade)
        var found = covering.value(for: start, at: now) ?? []
        func add(_ place: Place) {
            if !found.contains(where: { $0.subscriber == place.subscriber }) { found.append(place) }
        }
        if let own = alerts.value(for: start, at: now) {
            if found.isEmpty {
                found = own.map { Place(start: start, subscriber: $0.subscriber) }
            } else {
                for entry in own { add(Place(start: start, subscriber: entry.subscriber)) }
            }
        }
        guard pause > .zero else { return found }
        for place in latest.value(for: Self.key(type, partyOf: trade), at: now) ?? []
        where entry(at: place)?.burst.continues(with: trade, within: pause) ?? false { add(place) }
        return found
    }

    /// Returns the trade to display for an alert that gains a trade: the largest of those best known.
    mutating func tradeToDisplay(
        at place: Place, adding trade: AlertTrade, at now: ContinuousClock.Instant
    ) -> AlertTrade {
        guard let shown = displayed.value(for: place, at: now), shown.party == trade.party else {
            return trade
        }
        let (new, old) = (trade.value ?? .zero, shown.value ?? .zero)
        return (trade.knowledge, new) > (shown.knowledge, old) ? trade : shown
    }

    /// Stores a new alert.
    mutating func add(
        _ alert: Alert, on channels: [ChannelAddress], at now: ContinuousClock.Instant,
        until expiry: ContinuousClock.Instant
    ) {
        if channels != lastChannels { lastChannels = channels }
        save(Entry(alert, on: lastChannels, at: now), of: alert, until: expiry)
    }

    /// Stores an alert of which a revision was issued.
    mutating func save(_ entry: Entry, of alert: Alert, until expiry: ContinuousClock.Instant) {
        let place = Self.place(of: alert)
        update(entry, at: place, until: expiry)
        displayed.set(alert.trade, for: place, until: expiry)
        Self.insert(place, at: Self.key(alert.type, partyOf: alert.trade), into: &latest, until: expiry)
        for transaction in alert.burst.furtherTransactions {
            cover(Self.key(alert.type, transaction, of: alert.trade), by: place, until: expiry)
        }
    }

    /// Stores an alert that has changed but is not issued again yet.
    mutating func update(_ entry: Entry, at place: Place, until expiry: ContinuousClock.Instant) {
        alerts.update(for: place.start, orInsert: [], until: expiry) { entries in
            if let index = entries.firstIndex(where: { $0.subscriber == entry.subscriber }) {
                entries[index] = entry
            } else {
                entries.append(entry)
            }
            return entries.count
        }
    }

    /// Notes that the alert covers a further trade.
    mutating func cover(
        _ trade: AlertTrade, _ type: AlertType, by place: Place, until expiry: ContinuousClock.Instant
    ) {
        cover(Self.key(type, trade.transactionID, of: trade), by: place, until: expiry)
    }

    private mutating func cover(
        _ key: Fingerprint, by place: Place, until expiry: ContinuousClock.Instant
    ) {
        if key != place.start { Self.insert(place, at: key, into: &covering, until: expiry) }
    }

    /// Adds a place to a list, in place of another of the same subscriber.
    private static func insert(
        _ place: Place, at key: Fingerprint, into table: inout Cache<Fingerprint, [Place]>,
        until expiry: ContinuousClock.Instant
    ) {
        table.update(for: key, orInsert: [], until: expiry) { places in
            if let index = places.firstIndex(where: { $0.subscriber == place.subscriber }) {
                places[index] = place
            } else {
                places.append(place)
            }
            return 0
        }
    }

    // MARK: Keys

    static func place(of alert: Alert) -> Place {
        Place(
            start: key(alert.type, alert.burst.firstTransaction, of: alert.trade),
            subscriber: alert.subscriber)
    }

    private static func key(_ type: AlertType, _ transaction: CompactID, of trade: AlertTrade) -> Fingerprint
    {
        Fingerprint { hasher in
            hasher.combine(type)
            hasher.combine(transaction)
            hasher.combine(trade.condition)
            hasher.combine(trade.isMaker)
        }
    }

    private static func key(_ type: AlertType, partyOf trade: AlertTrade) -> Fingerprint {
        let party = trade.party
        return Fingerprint { hasher in
            hasher.combine(type)
            hasher.combine(party)
        }
    }
}
