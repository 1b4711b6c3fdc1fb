import PMFlow
import PMRecord

/// Decides who is told of which trade, and when. Never waits: time is an argument.
///
///     pending whale ──▶ held ──3 s──▶ told without its wallet ──final──▶ told again, as a higher revision
///                        └────final────────────▶ told
package struct Desk: Sendable {
    /// An alert, and the places it goes to.
    package struct Assignment: Sendable {
        package let alert: Alert
        package let channels: [ChannelAddress]
    }

    private struct Held {
        var trade: AlertTrade
        let due: ContinuousClock.Instant
    }

    private struct Told {
        let tradeID: String
        var revision: Int
        var knowledge: Int
    }

    /// Who is to be told. Empty: everything is told on standard output alone.
    package var recipients: [Recipient] = []

    private let patience: Duration
    private let cooldown: Duration
    /// Alerts that were not told because one like it had just been.
    package private(set) var cooledDown = 0
    /// How large the last alert of one subscriber about one wallet in one market was.
    private var recent = Cache<String, Decimal>(capacity: 50_000)
    private var held: [String: Held] = [:]
    private var told = Cache<String, Told>(capacity: 100_000)

    /// Trades held at once; one more is decided on at once.
    private static let mostHeld = 10_000
    /// Longer than any journal's replay reaches back.
    private static let memory = Duration.seconds(48 * 3600)

    /// - Parameters:
    ///   - patience: How long a whale's alert waits for the final revision of its trade.
    ///   - cooldown: For how long a subscriber is not told again of the same wallet in the same market, unless the
    ///     trade is larger than the one told. The default is not to hold back.
    package init(patience: Duration = .seconds(3), cooldown: Duration = .zero) {
        self.patience = patience
        self.cooldown = cooldown
    }

    /// When ``expire(at:clock:)`` has something to do; `nil` when nothing is held.
    package var deadline: ContinuousClock.Instant? { held.values.lazy.map(\.due).min() }

    /// Whether a trade is held that came no later in its stream than `seq`.
    package func isHolding(upTo seq: UInt64) -> Bool {
        held.values.contains { ($0.trade.seq ?? 0) <= seq }
    }

    /// Remembers what an earlier process told.
    package mutating func remember(_ alert: Alert, at now: ContinuousClock.Instant, clock: Timestamp) {
        let left = Self.memory - alert.decidedAt.duration(to: clock)
        guard left > .zero else { return }
        if let known = told.staleValue(for: alert.id), known.revision >= alert.revision { return }
        told.set(
            Told(tradeID: alert.trade.id, revision: alert.revision, knowledge: alert.trade.knowledge),
            for: alert.id, until: now + left)
    }

    /// Takes in one revision of a trade.
    package mutating func consider(
        _ trade: AlertTrade, at now: ContinuousClock.Instant, clock: Timestamp
    ) -> [Assignment] {
        let waiting = held.removeValue(forKey: trade.id)
        if trade.isFinal { return decide(trade, at: now, clock: clock) }
        // Only a tier is known before the enrichment; the rest can wait for its final revision as long as it takes.
        guard trade.tier != nil else { return [] }
        guard held.count < Self.mostHeld else { return decide(trade, at: now, clock: clock) }
        held[trade.id] = Held(trade: trade, due: waiting?.due ?? now + patience)
        return []
    }

    /// Decides on the trades that have waited long enough.
    package mutating func expire(at now: ContinuousClock.Instant, clock: Timestamp) -> [Assignment] {
        decideHeld(at: now, clock: clock) { $0.due <= now }
    }

    /// Decides on all that is held: no better revision will come.
    package mutating func release(at now: ContinuousClock.Instant, clock: Timestamp) -> [Assignment] {
        decideHeld(at: now, clock: clock) { _ in true }
    }

    private mutating func decideHeld(
        at now: ContinuousClock.Instant, clock: Timestamp, where isDue: (Held) -> Bool
    ) -> [Assignment] {
        let due = held.values.filter(isDue).sorted { ($0.due, $0.trade.id) < ($1.due, $1.trade.id) }
        return due.flatMap { entry in
            held[entry.trade.id] = nil
            return decide(entry.trade, at: now, clock: clock)
        }
    }

    private mutating func decide(
        _ trade: AlertTrade, at now: ContinuousClock.Instant, clock: Timestamp
    ) -> [Assignment] {
        guard let type = AlertType(trade) else { return [] }
        guard !recipients.isEmpty else {
            return tell(type, of: trade, to: nil, on: [], at: now, clock: clock).map { [$0] } ?? []
        }
        return recipients.compactMap { recipient in
            recipient.channels(for: type, of: trade).flatMap {
                tell(type, of: trade, to: recipient.name, on: $0, at: now, clock: clock)
            }
        }
    }

    /// `nil` when it has been told, and there is nothing to add.
    private mutating func tell(
        _ type: AlertType, of trade: AlertTrade, to subscriber: String?, on channels: [ChannelAddress],
        at now: ContinuousClock.Instant, clock: Timestamp
    ) -> Assignment? {
        let id = Alert.id(type, of: trade, to: subscriber)
        var revision = 0
        if let before = told.value(for: id, at: now) {
            guard before.tradeID == trade.id, trade.knowledge > before.knowledge else { return nil }
            revision = before.revision + 1
        } else if isCooling(trade, for: subscriber, at: now) {
            cooledDown += 1
            return nil
        }
        told.set(
            Told(tradeID: trade.id, revision: revision, knowledge: trade.knowledge), for: id,
            until: now + Self.memory)
        let alert = Alert(type, of: trade, to: subscriber, revision: revision, decidedAt: clock)
        return Assignment(alert: alert, channels: channels)
    }

    /// Whether the subscriber has just been told of that wallet in that market; notes that he is told now if not.
    private mutating func isCooling(
        _ trade: AlertTrade, for subscriber: String?, at now: ContinuousClock.Instant
    ) -> Bool {
        guard cooldown > .zero, let wallet = trade.wallet, let condition = trade.condition else {
            return false
        }
        let key = [subscriber ?? "", wallet, condition].joined(separator: "|")
        let value = trade.value ?? .zero
        if let last = recent.value(for: key, at: now), value <= last { return true }
        recent.set(value, for: key, until: now + cooldown)
        return false
    }
}
