import PMRecord

/// Decides when a new connection receives the same trades as the old one, so that the old one can be closed without
/// missing any.
package struct Handover: Sendable {
    package enum Side: Sendable {
        case old, new
    }

    /// Trades remembered for each side. Both receive the same one within seconds.
    private static let capacity = 1 << 12

    private var received = (old: Duplicates(capacity: capacity), new: Duplicates(capacity: capacity))
    /// True if both sides have received the same trade.
    package private(set) var isProved = false

    package init() {}

    /// A trade arrived on one side.
    package mutating func received(_ trade: TradeIdentity, by side: Side) {
        let key = key(of: trade)
        switch side {
        case .old:
            _ = received.old.note(key)
            isProved = isProved || received.new.contains(key)
        case .new:
            _ = received.new.note(key)
            isProved = isProved || received.old.contains(key)
        }
    }

    /// Returns a hash for the comparison within this process; the trade's id would cost a SHA-256 more.
    private func key(of trade: TradeIdentity) -> UInt128 {
        var hasher = Hasher()
        hasher.combine(trade)
        return UInt128(UInt(bitPattern: hasher.finalize()))
    }
}
