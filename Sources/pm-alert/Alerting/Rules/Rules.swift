import PMFlow
import PMRecord

/// Decides who is told of which trade, and when. Never waits: time is an argument.
///
///     pending whale ──▶ awaited ──3 s──▶ told without its wallet ──final──▶ told again, as a higher revision
///                        └────final────────────▶ told ──more of its burst──▶ told again, when its pace allows
package struct Rules: Sendable {
    /// An alert, and the places it goes to.
    package struct Telling: Sendable {
        package let alert: Alert
        package let channels: [ChannelAddress]
    }

    /// What was told of an alert, and where.
    private struct Told {
        /// The trade that was shown, and how much was known of it.
        var tradeID: String
        var knowledge: Int
        var revision: Int
        var channels: [ChannelAddress]
        var burst: Burst
        /// How many of its trades have been told of.
        var saying: Int
        /// When it was last told, and how often because it grew.
        var at: ContinuousClock.Instant
        var followUps: Int

        init(_ alert: Alert, on channels: [ChannelAddress], at now: ContinuousClock.Instant) {
            (tradeID, knowledge) = (alert.trade.id, alert.trade.knowledge)
            (revision, followUps) = (alert.revision, alert.revision)
            self.channels = channels
            burst = alert.burst
            saying = alert.burst.trades.count
            at = now
        }
    }

    /// Who is to be told. Empty: everything is told on standard output alone.
    package var recipients: [Recipient] = []
    private let options: RuleOptions
    /// Alerts that were not told because one like it had just been.
    package private(set) var cooledDown = 0
    private var cooldown = Cooldown()
    private var awaited: AwaitedTrades
    private var growth = FollowUps()
    private var told = Cache<String, Told>(capacity: 100_000)
    /// From what an alert of a trade's own would be called to the burst's that tells it.
    private var joined = Cache<String, String>(capacity: 100_000)
    /// The last alert about a party, by recipient and rule.
    private var running = Cache<String, String>(capacity: 10_000)
    /// The trades that were shown, for as long as their bursts may grow.
    private var shown = Cache<String, AlertTrade>(capacity: 2_000)

    package init(_ options: RuleOptions = RuleOptions()) {
        self.options = options
        awaited = AwaitedTrades(patience: options.patience)
    }

    /// When ``expire(at:clock:)`` has something to do; `nil` when nothing waits.
    package var deadline: ContinuousClock.Instant? {
        [awaited.deadline, growth.deadline].compactMap(\.self).min()
    }

    /// Whether something is yet to be told that came no later in its stream than `seq`.
    package func isHolding(upTo seq: UInt64) -> Bool {
        awaited.isHolding(upTo: seq) || growth.isHolding(upTo: seq)
    }

    /// Remembers what an earlier process told, in the order in which it did.
    package mutating func remember(
        _ alert: Alert, on channels: [ChannelAddress], at now: ContinuousClock.Instant, clock: Timestamp
    ) {
        let left = options.memory - alert.decidedAt.duration(to: clock)
        guard left > .zero else { return }
        // A follow-up may have gone to some of the places alone.
        let before = told.staleValue(for: alert.id)?.channels ?? []
        let all = before + channels.filter { !before.contains($0) }
        keep(Told(alert, on: all, at: now), of: alert, until: now + left)
        for channel in channels {
            cooldown.note(alert.trade, to: alert.subscriber, on: channel, at: now)
        }
    }

    /// Takes in one revision of a trade.
    package mutating func consider(
        _ trade: AlertTrade, at now: ContinuousClock.Instant, clock: Timestamp
    ) -> [Telling] {
        awaited.take(trade, at: now) ? decide(trade, at: now, clock: clock).tellings : []
    }

    /// Decides on what has waited long enough.
    package mutating func expire(at now: ContinuousClock.Instant, clock: Timestamp) -> [Telling] {
        awaited.release(at: now).flatMap { decide($0, at: now, clock: clock).tellings }
            + followUp(growth.release(at: now), at: now, clock: clock)
    }

    /// Decides on all that waits: nothing better will come.
    package mutating func release(at now: ContinuousClock.Instant, clock: Timestamp) -> [Telling] {
        awaited.release(at: nil).flatMap { decide($0, at: now, clock: clock).tellings }
            + followUp(growth.release(at: nil), at: now, clock: clock)
    }

    /// Decides on a trade as it stands.
    package mutating func decide(
        _ trade: AlertTrade, at now: ContinuousClock.Instant, clock: Timestamp
    ) -> Decision {
        var decision = Decision(trade)
        guard let type = decision.type else { return decision }
        if recipients.isEmpty {
            decision.tellings = tell(
                type, of: trade, to: nil, [], at: now, clock: clock, noting: &decision)
        }
        for recipient in recipients {
            let wanted = recipient.routes.filter { route in
                guard let objection = route.interest.objection(to: trade, as: type) else { return true }
                decision.note(.unwanted(objection), recipient.name, [route.channel])
                return false
            }
            decision.tellings += tell(
                type, of: trade, to: recipient.name, wanted, at: now, clock: clock, noting: &decision)
        }
        return decision
    }

    // MARK: Telling

    private mutating func tell(
        _ type: AlertType, of trade: AlertTrade, to subscriber: String?, _ wanted: [Recipient.Route],
        at now: ContinuousClock.Instant, clock: Timestamp, noting decision: inout Decision
    ) -> [Telling] {
        let own = Alert.id(type, of: trade, to: subscriber)
        guard let id = alertThatTells(trade, own: own, party: Self.party(trade, type, subscriber), at: now),
            var entry = told.value(for: id, at: now)
        else {
            let channels = admitted(wanted, trade, subscriber, [], at: now, &decision)
            let isForAll = subscriber == nil && admits(trade, to: nil, on: nil, options.cooldown, at: now)
            guard isForAll || !channels.isEmpty else { return [] }
            let alert = Alert(type, of: trade, to: subscriber, decidedAt: clock)
            keep(Told(alert, on: channels, at: now), of: alert, until: now + options.memory)
            return [Telling(alert: alert, channels: channels)]
        }
        let isBetter = entry.tradeID == trade.id && trade.knowledge > entry.knowledge
        let mayLead = subscriber == nil || wanted.contains { entry.channels.contains($0.channel) }
        let hasGrown = entry.burst.add(trade, mayLead: mayLead)
        decision.note(isBetter || hasGrown ? .grows : .known, subscriber, entry.channels)
        let fresh = admitted(wanted, trade, subscriber, entry.channels, at: now, &decision)
        entry.channels += fresh
        told.set(entry, for: id, until: now + options.memory)
        if hasGrown { joined.set(id, for: own, until: now + options.memory) }
        let news = FollowUps.Untold(
            type: type, subscriber: subscriber, trade: hasGrown ? better(of: id, trade, at: now) : trade,
            seq: trade.seq, due: entry.at + FollowUps.pause(after: entry.followUps))
        if hasGrown { growth.note(id, news) }
        if isBetter || hasGrown && (growth.isFull || !fresh.isEmpty) {
            return followUp([(id, news)], at: now, clock: clock)
        }
        return fresh.isEmpty ? [] : followUp([(id, news)], on: fresh, at: now, clock: clock)
    }

    /// Tells alerts again, with what has come since.
    ///
    /// - Parameter channels: Where to; by default wherever they were told.
    private mutating func followUp(
        _ due: [(id: String, news: FollowUps.Untold)], on channels: [ChannelAddress]? = nil,
        at now: ContinuousClock.Instant, clock: Timestamp
    ) -> [Telling] {
        due.compactMap { id, news in
            guard var entry = told.value(for: id, at: now) else { return nil }
            entry.revision += 1
            if channels == nil {
                growth.remove(id)
                entry.followUps += entry.burst.trades.count > entry.saying ? 1 : 0
                entry.saying = entry.burst.trades.count
                (entry.tradeID, entry.knowledge, entry.at) = (news.trade.id, news.trade.knowledge, now)
            }
            let alert = Alert(
                news.type, of: news.trade, to: news.subscriber, revision: entry.revision, decidedAt: clock,
                id: id, burst: entry.burst)
            keep(entry, of: alert, until: now + options.memory)
            return Telling(alert: alert, channels: channels ?? entry.channels)
        }
    }

    /// The alert that the trade is part of, if one was told.
    private mutating func alertThatTells(
        _ trade: AlertTrade, own: String, party: String, at now: ContinuousClock.Instant
    ) -> String? {
        if let id = joined.value(for: own, at: now) { return id }
        if told.value(for: own, at: now) != nil { return own }
        guard let id = running.value(for: party, at: now),
            told.value(for: id, at: now)?.burst.continues(with: trade, within: options.burst) ?? false
        else { return nil }
        return id
    }

    /// Where else the trade is to be told: wherever it is wanted, and nothing like it has just been told.
    private mutating func admitted(
        _ wanted: [Recipient.Route], _ trade: AlertTrade, _ subscriber: String?, _ known: [ChannelAddress],
        at now: ContinuousClock.Instant, _ decision: inout Decision
    ) -> [ChannelAddress] {
        wanted.filter { !known.contains($0.channel) }.compactMap { route in
            let period = route.interest.cooldown ?? options.cooldown
            let isAdmitted = admits(trade, to: subscriber, on: route.channel, period, at: now)
            decision.note(isAdmitted ? .told : .cooling, subscriber, [route.channel])
            return isAdmitted ? route.channel : nil
        }
    }

    private mutating func admits(
        _ trade: AlertTrade, to subscriber: String?, on channel: ChannelAddress?, _ period: Duration,
        at now: ContinuousClock.Instant
    ) -> Bool {
        let isAdmitted = cooldown.admits(trade, to: subscriber, on: channel, period: period, at: now)
        cooledDown += isAdmitted ? 0 : 1
        return isAdmitted
    }

    /// The trade to show of an alert that has grown: the largest of those of which most is known.
    private mutating func better(
        of id: String, _ trade: AlertTrade, at now: ContinuousClock.Instant
    ) -> AlertTrade {
        guard let shown = shown.value(for: id, at: now), shown.party == trade.party else { return trade }
        let (new, old) = (trade.value ?? .zero, shown.value ?? .zero)
        return (trade.knowledge, new) > (shown.knowledge, old) ? trade : shown
    }

    private mutating func keep(_ entry: Told, of alert: Alert, until expiry: ContinuousClock.Instant) {
        told.set(entry, for: alert.id, until: expiry)
        shown.set(alert.trade, for: alert.id, until: expiry)
        running.set(
            alert.id, for: Self.party(alert.trade, alert.type, alert.subscriber), until: expiry)
        for transaction in alert.burst.transactions {
            let own = Alert.id(
                alert.type, of: transaction, in: alert.trade.condition, to: alert.subscriber)
            if own != alert.id { joined.set(alert.id, for: own, until: expiry) }
        }
    }

    private static func party(_ trade: AlertTrade, _ type: AlertType, _ subscriber: String?) -> String {
        [subscriber ?? "", type.rawValue, trade.party].joined(separator: "|")
    }
}
