import PMRecord

/// Remembers what was lost for want of room, until it can be told as one gap.
struct Overflow {
    private var from: Timestamp?
    private var to: Timestamp?
    private(set) var lost = 0

    mutating func lose(at now: Timestamp) {
        from = from ?? now
        to = now
        lost += 1
    }

    /// The gap to tell; ``told()`` once it was.
    func gap(feed: Feed) -> Gap? {
        guard let from, let to else { return nil }
        return Gap(
            id: "overflow-\(feed.rawValue)-\(from.milliseconds)", feed: feed, state: .unrecoverable,
            from: from, to: to,
            cause: "the reader was too slow")
    }

    mutating func told() {
        (from, to) = (nil, nil)
    }
}
