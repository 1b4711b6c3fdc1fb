import PMFlow
import PMRecord

/// Keeps someone from being told again and again of one wallet in one market.
///
/// Measured on the trades' own clock, so that a recording is told as it would have been.
struct Cooldown: Sendable {
    private struct Last {
        let value: Decimal
        let time: Timestamp
    }

    private var told = Cache<String, Last>(capacity: 50_000)

    /// Trades that were held back: a later revision of one is not told either.
    private var heldBack = Cache<String, Bool>(capacity: 50_000)

    /// Longer than any period that makes sense.
    private static let memory = Duration.seconds(48 * 3600)

    /// Whether the trade may be told to them there; notes that it is, if so. A larger trade than the last always may.
    mutating func admits(
        _ trade: AlertTrade, to subscriber: String?, on channel: ChannelAddress?, period: Duration,
        at now: ContinuousClock.Instant
    ) -> Bool {
        guard period > .zero, let wallet = trade.wallet, let condition = trade.condition,
            let time = trade.time
        else { return true }
        let place = channel.map { "\($0.kind.rawValue)|\($0.target)" } ?? ""
        let key = [subscriber ?? "", place, wallet, condition].joined(separator: "|")
        guard heldBack.value(for: "\(key)|\(trade.id)", at: now) == nil else { return false }
        let value = trade.value ?? .zero
        if let last = told.value(for: key, at: now), value <= last.value,
            last.time.duration(to: time) < period
        {
            heldBack.set(true, for: "\(key)|\(trade.id)", until: now + Self.memory)
            return false
        }
        told.set(Last(value: value, time: time), for: key, until: now + Self.memory)
        return true
    }

    /// Notes that the trade was told to them there.
    mutating func note(
        _ trade: AlertTrade, to subscriber: String?, on channel: ChannelAddress?,
        at now: ContinuousClock.Instant
    ) {
        _ = admits(trade, to: subscriber, on: channel, period: .milliseconds(1), at: now)
    }
}
