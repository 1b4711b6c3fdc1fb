/// Says when a new connection hears what the old one hears, so that the old one may go and nothing is missed.
package struct Handover: Sendable {
    package enum Side: Sendable {
        case old, new
    }

    /// Trades remembered for each side; the two hear the same one within seconds.
    private static let memory = 1 << 12

    private var heard = (old: Duplicates(capacity: memory), new: Duplicates(capacity: memory))
    package private(set) var isProved = false

    package init() {}

    package mutating func heard(_ id: UInt128, by side: Side) {
        switch side {
        case .old:
            _ = heard.old.note(id)
            isProved = isProved || heard.new.contains(id)
        case .new:
            _ = heard.new.note(id)
            isProved = isProved || heard.old.contains(id)
        }
    }
}
