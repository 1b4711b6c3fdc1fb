import PMRecord

/// Decides which alerts a trade causes, for which subscribers, and when. Never waits: time is an argument.
///
///     pending whale ──▶ awaited ──3 s──▶ alert without the wallet ──final──▶ follow-up
///                        └────final────────────▶ alert ──more trades of its burst──▶ follow-up, at its pace
package struct Rules: Sendable {
    /// The subscribers. When empty, every alert goes to standard output alone.
    package var recipients: [Recipient] = []
    /// The number of alerts that a cooldown has suppressed.
    package private(set) var cooledDown = 0
    private let options: RuleOptions
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
        let earlier = issued.channels(of: alert.id)
        let all = earlier + channels.filter { !earlier.contains($0) }
        issued.save(IssuedAlerts.Entry(alert, on: all, at: now), of: alert, until: now + left)
        for channel in channels {
            cooldown.restore(alert.trade, to: alert.subscriber, on: channel, at: now)
        }
    }

    /// Accepts one revision of a trade, and returns the alerts that it causes.
    package mutating func consider(
        _ trade: AlertTrade, at now: ContinuousClock.Instant, clock: Timestamp
    ) -> [RoutedAlert] {
        switch awaited.add(trade, at: now) {
        case .decide: decide(trade, at: now, clock: clock).alerts
        case .wait: []
        }
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
    package mutating func decide(
        _ trade: AlertTrade, at now: ContinuousClock.Instant, clock: Timestamp
    ) -> TradeDecision {
        var decision = TradeDecision(trade, informedScore: options.informedScore)
        guard let usual = decision.types.first else { return decision }
        if recipients.isEmpty, !trade.isMaker, let type = decision.type {
            decide(type, for: nil, [], at: now, clock: clock, into: &decision)
        }
        for recipient in recipients {
            let type = decision.types.first { recipient.asks(for: $0) } ?? usual
            let matching = recipient.routes.filter { route in
                guard let mismatch = route.filter.mismatch(with: trade, as: type) else { return true }
                decision.set(.filteredOut(mismatch), for: recipient.name, on: [route.channel])
                return false
            }
            // A maker's row that no route asks for is no match of its own, and adds nothing to an earlier alert.
            guard !trade.isMaker || recipient.routes.contains(where: { $0.filter.admitsRole(of: trade) })
            else { continue }
            decide(type, for: recipient.name, matching, at: now, clock: clock, into: &decision)
        }
        return decision
    }

    // MARK: Private

    /// Decides for one subscriber: a new alert, or a follow-up of the alert that covers the trade.
    ///
    /// - Parameters:
    ///   - subscriber: `nil` when there are no subscribers.
    ///   - matching: The subscriber's routes whose filters admit the trade.
    private mutating func decide(
        _ type: AlertType, for subscriber: String?, _ matching: [Recipient.Route],
        at now: ContinuousClock.Instant, clock: Timestamp, into decision: inout TradeDecision
    ) {
        let trade = decision.trade
        let ownID = Alert.id(type, of: trade, to: subscriber)
        let covering = issued.alertCovering(
            trade, ownID: ownID, type, subscriber, within: options.burst, at: now)
        guard let id = covering, var entry = issued.entry(id, at: now) else {
            return issueNew(type, for: subscriber, matching, at: now, clock: clock, into: &decision)
        }
        let isBetterKnown = entry.tradeID == trade.id && trade.knowledge > entry.knowledge
        // A larger trade of the other party may take over only where the alert's channels want that trade.
        let mayLead = subscriber == nil || matching.contains { entry.channels.contains($0.channel) }
        let hasGrown = entry.burst.add(trade, mayLead: mayLead)
        decision.set(
            isBetterKnown || hasGrown ? .followUp : .alreadyCovered, for: subscriber, on: entry.channels)
        let others = matching.filter { !entry.channels.contains($0.channel) }
        let added = admitted(others, trade, subscriber, at: now, &decision)
        entry.channels += added
        issued.update(entry, of: id, until: now + options.memory)
        if hasGrown { issued.cover(ownID, by: id, until: now + options.memory) }
        let followUp = FollowUp(
            id: id, type: type, subscriber: subscriber,
            trade: hasGrown ? issued.tradeToDisplay(for: id, adding: trade, at: now) : trade,
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
        issued.save(
            IssuedAlerts.Entry(alert, on: channels, at: now), of: alert, until: now + options.memory)
        decision.add(RoutedAlert(alert: alert, channels: channels))
    }

    /// Issues the next revision of an alert.
    ///
    /// - Parameter added: The channels to send it to; by default all that have the alert.
    private mutating func issue(
        _ followUp: FollowUp, on added: [ChannelAddress]? = nil, at now: ContinuousClock.Instant,
        clock: Timestamp
    ) -> RoutedAlert? {
        guard var entry = issued.entry(followUp.id, at: now) else { return nil }
        if added == nil {
            followUps.remove(followUp.id)
            entry.addRevision(showing: followUp.trade, at: now)
        } else {
            entry.addRevision()
        }
        let alert = Alert(
            followUp.type, of: followUp.trade, to: followUp.subscriber, revision: entry.revision,
            decidedAt: clock, id: followUp.id, burst: entry.burst)
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
