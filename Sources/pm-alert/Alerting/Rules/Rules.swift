import PMRecord

/// Decides which alerts a trade causes, for which subscribers, and when. Never waits: time is an argument.
///
///     pending whale ──▶ awaited ──3 s──▶ alert without the wallet ──final──▶ follow-up
///                        └────final────────────▶ alert ──more trades of its burst──▶ follow-up, at its pace
package struct Rules: Sendable {
    /// The subscribers. When empty, every alert goes to standard output alone.
    package var recipients: [Recipient] = [] {
        didSet {
            index = RouteIndex(recipients)
            numbers = Dictionary(recipients.enumerated().map { ($1.name, $0) }) { first, _ in first }
        }
    }
    /// The number of alerts that a cooldown has suppressed.
    package private(set) var cooledDown = 0
    private let options: RuleOptions
    private var index = RouteIndex([])
    /// The index of each recipient by name.
    private var numbers: [String: Int] = [:]
    private var awaited: AwaitedTrades
    private var followUps = FollowUps()
    private var cooldown = Cooldown()
    private var issued = IssuedAlerts()

    package init(_ options: RuleOptions = RuleOptions()) {
        self.options = options
        awaited = AwaitedTrades(patience: options.patience)
    }

    /// The time at which ``expire(at:clock:)`` has work; `nil` when nothing waits.
    package var deadline: ContinuousClock.Instant? {
        [awaited.deadline, followUps.deadline].compactMap(\.self).min()
    }

    /// Returns true if an alert is outstanding for a trade with this sequence number or a lower one.
    package func isHolding(upTo seq: UInt64) -> Bool {
        awaited.isHolding(upTo: seq) || followUps.isHolding(upTo: seq)
    }

    /// Restores an alert that an earlier process issued. Call in the order in which they were issued.
    package mutating func restore(
        _ alert: Alert, on channels: [ChannelAddress], at now: ContinuousClock.Instant, clock: Timestamp
    ) {
        let left = options.memory - alert.decidedAt.duration(to: clock)
        guard left > .zero else { return }
        // A follow-up may have gone to some of the channels only.
        let earlier = issued.entry(at: IssuedAlerts.place(of: alert))?.channels ?? []
        let all = earlier + channels.filter { !earlier.contains($0) }
        issued.add(alert, on: all, at: now, until: now + left)
        for channel in channels {
            cooldown.restore(alert.trade, to: alert.subscriber, on: channel, at: now)
        }
    }

    /// Accepts one revision of a trade, and returns the alerts that it causes.
    package mutating func consider(
        _ trade: AlertTrade, at now: ContinuousClock.Instant, clock: Timestamp
    ) -> [RoutedAlert] {
        if waits(trade) {
            awaited.add(trade, at: now)
            return []
        }
        awaited.remove(trade.id)
        // Before enrichment only the tier is known. A trade without one meets no rule yet: its final revision decides,
        // however late it comes.
        guard trade.isFinal || trade.tier != nil else { return [] }
        return decide(trade, at: now, clock: clock).alerts
    }

    /// Decides on the trades that have waited long enough, and issues the follow-ups that are due.
    package mutating func expire(at now: ContinuousClock.Instant, clock: Timestamp) -> [RoutedAlert] {
        awaited.release(at: now).flatMap { decide($0, at: now, clock: clock).alerts }
            + followUps.release(at: now).compactMap { issue($0, at: now, clock: clock) }
    }

    /// Decides on every trade that waits, and issues every follow-up, as no further revision will come.
    package mutating func release(at now: ContinuousClock.Instant, clock: Timestamp) -> [RoutedAlert] {
        awaited.release(at: nil).flatMap { decide($0, at: now, clock: clock).alerts }
            + followUps.release(at: nil).compactMap { issue($0, at: now, clock: clock) }
    }

    /// Decides on a trade as it is now.
    ///
    /// - Parameter isExplaining: True to note the decision for every channel of every subscriber, with its reason.
    package mutating func decide(
        _ trade: AlertTrade, at now: ContinuousClock.Instant, clock: Timestamp, isExplaining: Bool = false
    ) -> TradeDecision {
        var decision = TradeDecision(
            trade, informedScore: options.informedScore, isExplaining: isExplaining)
        guard !decision.types.isEmpty else { return decision }
        guard !recipients.isEmpty else {
            if !trade.isMaker, let type = decision.type {
                let places = issued.covering(trade, type, within: options.burst, at: now)
                let place = places.first { $0.subscriber == nil }
                decide(type, for: nil, [], place, at: now, clock: clock, into: &decision)
            }
            return decision
        }
        if isExplaining { explain(&decision) }
        // A maker's row that no route asks for is no match of its own, and adds nothing to an earlier alert.
        guard !trade.isMaker || index.admitsMakers else { return decision }
        for type in decision.types { decide(type, at: now, clock: clock, into: &decision) }
        return decision
    }

    // MARK: Private

    /// Returns true if the decision waits for a later revision of the trade.
    private func waits(_ trade: AlertTrade) -> Bool {
        guard !trade.isFinal, trade.tier != nil, let type = AlertType(trade) else { return false }
        // A trade that no route can match needs no wait: most rows of a match are its makers', which few ask for.
        let mayMatch = recipients.isEmpty ? !trade.isMaker : index.mayMatch(trade, as: type)
        return mayMatch && !awaited.isFull
    }

    /// Returns the type of an alert about a trade for a subscriber: the first that the subscriber asks for.
    private func type(of types: [AlertType], for recipient: Int) -> AlertType {
        types.count == 1 ? types[0] : types.first { recipients[recipient].asks(for: $0) } ?? types[0]
    }

    /// Decides for the subscribers whose alert about the trade has this type.
    private mutating func decide(
        _ type: AlertType, at now: ContinuousClock.Instant, clock: Timestamp,
        into decision: inout TradeDecision
    ) {
        let trade = decision.trade
        let places = issued.covering(trade, type, within: options.burst, at: now)
        var isMatched: Set<String> = []
        for match in index.matches(trade, as: type)
        where self.type(of: decision.types, for: match.recipient) == type {
            let name = recipients[match.recipient].name
            if !places.isEmpty { isMatched.insert(name) }
            let place = places.first { $0.subscriber == name }
            decide(type, for: name, match.routes, place, at: now, clock: clock, into: &decision)
        }
        // A trade that a subscriber's filters reject may still add to an earlier alert.
        for place in places {
            guard let name = place.subscriber, !isMatched.contains(name), let number = numbers[name],
                self.type(of: decision.types, for: number) == type,
                !trade.isMaker
                    || recipients[number].routes.contains(where: { $0.filter.admitsRole(of: trade) })
            else { continue }
            decide(type, for: name, [], place, at: now, clock: clock, into: &decision)
        }
    }

    /// Notes the filter that rejects the trade for each route.
    private func explain(_ decision: inout TradeDecision) {
        for (number, recipient) in recipients.enumerated() {
            let type = type(of: decision.types, for: number)
            for route in recipient.routes {
                guard let mismatch = route.filter.mismatch(with: decision.trade, as: type) else { continue }
                decision.set(.filteredOut(mismatch), for: recipient.name, on: [route.channel])
            }
        }
    }

    /// Decides for one subscriber: a new alert, or a follow-up of the alert that covers the trade.
    ///
    /// - Parameters:
    ///   - subscriber: `nil` when there are no subscribers.
    ///   - matching: The subscriber's routes whose filters admit the trade.
    ///   - place: The alert that covers the trade.
    private mutating func decide(
        _ type: AlertType, for subscriber: String?, _ matching: [Recipient.Route],
        _ place: IssuedAlerts.Place?, at now: ContinuousClock.Instant, clock: Timestamp,
        into decision: inout TradeDecision
    ) {
        let trade = decision.trade
        guard let place, var entry = issued.entry(at: place) else {
            return issueNew(type, for: subscriber, matching, at: now, clock: clock, into: &decision)
        }
        let isBetterKnown = trade.knowledge > entry.knowledge && entry.tradeID == CompactID(trade.id)
        // A larger trade of the other party may take over only where the alert's channels want that trade.
        let mayLead = subscriber == nil || matching.contains { entry.channels.contains($0.channel) }
        let hasGrown = entry.burst.add(trade, mayLead: mayLead)
        decision.set(
            isBetterKnown || hasGrown ? .followUp : .alreadyCovered, for: subscriber, on: entry.channels)
        let others = matching.filter { !entry.channels.contains($0.channel) }
        let added = admitted(others, trade, subscriber, at: now, &decision)
        entry.channels += added
        issued.update(entry, at: place, until: now + options.memory)
        if hasGrown { issued.cover(trade, type, by: place, until: now + options.memory) }
        let followUp = FollowUp(
            id: entry.id, place: place, type: type,
            trade: hasGrown ? issued.tradeToDisplay(at: place, adding: trade, at: now) : trade,
            seq: trade.seq, due: entry.nextFollowUp)
        if hasGrown { followUps.add(followUp) }
        let revision =
            if isBetterKnown || hasGrown && (followUps.isFull || !added.isEmpty) {
                issue(followUp, at: now, clock: clock)
            } else if !added.isEmpty {
                issue(followUp, on: added, at: now, clock: clock)
            } else {
                RoutedAlert?.none
            }
        if let revision { decision.add(revision) }
    }

    /// Issues an alert about a trade that no alert covers, unless the cooldown suppresses it everywhere.
    private mutating func issueNew(
        _ type: AlertType, for subscriber: String?, _ matching: [Recipient.Route],
        at now: ContinuousClock.Instant, clock: Timestamp, into decision: inout TradeDecision
    ) {
        let trade = decision.trade
        let channels = admitted(matching, trade, subscriber, at: now, &decision)
        let isBroadcast = subscriber == nil && admits(trade, to: nil, on: nil, options.cooldown, at: now)
        guard isBroadcast || !channels.isEmpty else { return }
        let alert = Alert(type, of: trade, to: subscriber, decidedAt: clock)
        issued.add(alert, on: channels, at: now, until: now + options.memory)
        decision.add(RoutedAlert(alert: alert, channels: channels))
    }

    /// Issues the next revision of an alert.
    ///
    /// - Parameter added: The channels to send it to; by default all that have the alert.
    private mutating func issue(
        _ followUp: FollowUp, on added: [ChannelAddress]? = nil, at now: ContinuousClock.Instant,
        clock: Timestamp
    ) -> RoutedAlert? {
        guard var entry = issued.entry(at: followUp.place) else { return nil }
        if added == nil {
            followUps.remove(followUp.place)
            entry.addRevision(showing: followUp.trade, at: now)
        } else {
            entry.addRevision()
        }
        let alert = Alert(
            followUp.type, of: followUp.trade, to: followUp.place.subscriber, revision: entry.revision,
            decidedAt: clock, id: entry.id, burst: entry.burst)
        issued.save(entry, of: alert, until: now + options.memory)
        return RoutedAlert(alert: alert, channels: added ?? entry.channels)
    }

    /// Returns the channels whose cooldown admits the trade.
    private mutating func admitted(
        _ routes: [Recipient.Route], _ trade: AlertTrade, _ subscriber: String?,
        at now: ContinuousClock.Instant, _ decision: inout TradeDecision
    ) -> [ChannelAddress] {
        routes.compactMap { route in
            let period = route.filter.cooldown ?? options.cooldown
            let isAdmitted = admits(trade, to: subscriber, on: route.channel, period, at: now)
            decision.set(isAdmitted ? .newAlert : .coolingDown, for: subscriber, on: [route.channel])
            return isAdmitted ? route.channel : nil
        }
    }

    private mutating func admits(
        _ trade: AlertTrade, to subscriber: String?, on channel: ChannelAddress?, _ period: Duration,
        at now: ContinuousClock.Instant
    ) -> Bool {
        switch cooldown.admit(trade, to: subscriber, on: channel, period: period, at: now) {
        case .admitted: return true
        case .coolingDown:
            cooledDown += 1
            return false
        }
    }
}
