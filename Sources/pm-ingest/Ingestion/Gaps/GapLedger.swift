import PMRecord

/// Keeps account of the gaps in what we heard and told: decides what is said of each, never says it.
///
///     begin ──▶ going on ──end──▶ waiting for its repair ──settle──▶ closed, or unrecoverable
package struct GapLedger: Sendable {
    /// What may be wrong, each at most once at a time.
    package enum Fault: String, Sendable, CaseIterable {
        /// Nothing was heard: no connection, or a silent one.
        case unheard
        /// The reader was too slow, and there is no journal.
        case overflow
        /// The journal could not be written.
        case unjournaled
    }

    package let feed: Feed
    /// Gaps whose end is known, and that are not settled; oldest first.
    package private(set) var waiting: [Gap]
    package private(set) var closed = 0
    package private(set) var unrecoverable = 0
    private var goingOn: [Fault: Gap] = [:]

    /// - Parameter resuming: Gaps that an earlier run left open.
    package init(feed: Feed, resuming: [Gap] = []) {
        self.feed = feed
        waiting = resuming
    }

    /// All that are not settled.
    package var open: [Gap] {
        waiting + Fault.allCases.compactMap { goingOn[$0] }
    }

    package func isGoingOn(_ fault: Fault) -> Bool { goingOn[fault] != nil }

    /// Something went wrong, at the latest now.
    ///
    /// - Parameter from: Up to when all was well.
    /// - Returns: What to tell; `nil` when it is known already.
    package mutating func begin(_ fault: Fault, from: Timestamp, at now: Timestamp, cause: String) -> Gap? {
        guard goingOn[fault] == nil else { return nil }
        let gap = Gap(
            id: "\(feed.rawValue)-\(fault.rawValue)-\(from.milliseconds)", feed: feed, state: .open,
            from: min(from, now), to: now, cause: cause)
        goingOn[fault] = gap
        return gap
    }

    /// All is well again.
    ///
    /// - Returns: What to tell; `nil` when nothing was wrong.
    package mutating func end(_ fault: Fault, at now: Timestamp) -> Gap? {
        guard var gap = goingOn.removeValue(forKey: fault) else { return nil }
        gap.to = max(gap.from, now)
        waiting.append(gap)
        return gap
    }

    /// Lines that were heard are gone, and nothing is to be done about it.
    ///
    /// - Returns: What to tell.
    package mutating func lose(from: Timestamp, to: Timestamp, cause: String) -> Gap {
        unrecoverable += 1
        return Gap(
            id: "\(feed.rawValue)-lost-\(from.milliseconds)", feed: feed, state: .unrecoverable, from: from,
            to: to, cause: cause)
    }

    /// A repair has come to its end.
    ///
    /// - Returns: What to tell; `nil` when there is no such gap.
    package mutating func settle(_ id: String, as state: Gap.State, recovered: Int) -> Gap? {
        guard let place = waiting.firstIndex(where: { $0.id == id }) else { return nil }
        var gap = waiting[place]
        gap.state = state
        gap.recovered += recovered
        switch state {
        case .open: waiting[place] = gap
        case .closed: closed += 1
        case .unrecoverable: unrecoverable += 1
        }
        if state != .open { waiting.remove(at: place) }
        return gap
    }
}
