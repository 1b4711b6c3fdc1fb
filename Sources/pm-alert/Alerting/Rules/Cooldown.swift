import PMFlow
import PMRecord

/// Suppresses repeated alerts about one wallet in one market.
///
/// Time is measured on the trades' own clock, so that a replayed recording gives the same alerts.
struct Cooldown: Sendable {
    enum Admission {
        case admitted, coolingDown
    }

    private struct LastTrade {
        let value: Decimal
        let time: Timestamp
    }

    private var admitted = Cache<Fingerprint, LastTrade>(capacity: 50_000)

    /// Suppressed trades: their later revisions are suppressed too.
    private var suppressed = Cache<Fingerprint, Bool>(capacity: 50_000)

    /// Longer than any useful cooldown.
    private static let memory = Duration.seconds(48 * 3600)

    /// Decides on a trade for one subscriber and channel, and remembers the decision. A trade larger than the last
    /// admitted one is always admitted.
    mutating func admit(
        _ trade: AlertTrade, to subscriber: String?, on channel: ChannelAddress?, period: Duration,
        at now: ContinuousClock.Instant
    ) -> Admission {
        guard period > .zero, let wallet = trade.wallet, let condition = trade.condition,
            let time = trade.time
        else { return .admitted }
        let key = Fingerprint { hasher in
            hasher.combine(subscriber)
            hasher.combine(channel)
            hasher.combine(wallet)
            hasher.combine(condition)
        }
        let tradeKey = Fingerprint { hasher in
            hasher.combine(key)
            hasher.combine(trade.id)
        }
        guard suppressed.value(for: tradeKey, at: now) == nil else { return .coolingDown }
        let value = trade.value ?? .zero
        if let last = admitted.value(for: key, at: now), value <= last.value,
            last.time.duration(to: time) < period
        {
            suppressed.set(true, for: tradeKey, until: now + Self.memory)
            return .coolingDown
        }
        admitted.set(LastTrade(value: value, time: time), for: key, until: now + Self.memory)
        return .admitted
    }

    /// Remembers a trade that an earlier process admitted.
    mutating func restore(
        _ trade: AlertTrade, to subscriber: String?, on channel: ChannelAddress?,
        at now: ContinuousClock.Instant
    ) {
        // The shortest period: the trade counts unless a larger or later one is known.
        _ = admit(trade, to: subscriber, on: channel, period: .milliseconds(1), at: now)
    }
}
