import PMRecord

/// Keeps account of the gaps in what we heard and told: decides what is said of each, never says it.
///
///     begin ──▶ going on ──end──▶ waiting for its repair ──settle──▶ closed, or unrecoverable
package struct GapTracker: Sendable {
    /// What may be wrong, each at most once at a time.
    package enum Fault: Sendable, Hashable {
        /// pm-ingest itself did not run.
        case stopped
        /// Nothing was heard on the connections of that shard: none is there, or it is silent.
        case unheard(shard: Int)
        /// The reader was too slow, and there is no journal.
        case overflow
        /// The journal could not be written.
        case unjournaled
        /// The journal had to let lines go, or cannot be read.
        case unkept

        fileprivate var name: String {
            switch self {
            case .stopped: "stopped"
            case .unheard(let shard): shard == 0 ? "unheard" : "unheard\(shard)"
            case .overflow: "overflow"
            case .unjournaled: "unjournaled"
            case .unkept: "unkept"
            }
        }
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
        waiting + goingOn.values.sorted { $0.id < $1.id }
    }

    package func isGoingOn(_ fault: Fault) -> Bool { goingOn[fault] != nil }

    /// Something went wrong, at the latest now.
    ///
    /// - Parameter from: Up to when all was well.
    /// - Returns: What to tell; `nil` when it is known already.
    package mutating func begin(_ fault: Fault, from: Timestamp, at now: Timestamp, cause: String) -> Gap? {
        guard goingOn[fault] == nil else { return nil }
        let gap = gap(fault, min(from, now)...now, cause)
        goingOn[fault] = gap
        return gap
    }

    /// Something went wrong during a time that is known.
    ///
    /// - Returns: What to tell; `nil` when it is known already.
    package mutating func note(_ fault: Fault, _ times: ClosedRange<Timestamp>, cause: String) -> Gap? {
        let gap = gap(fault, times, cause)
        guard !waiting.contains(where: { $0.id == gap.id }) else { return nil }
        waiting.append(gap)
        return gap
    }

    private func gap(_ fault: Fault, _ times: ClosedRange<Timestamp>, _ cause: String) -> Gap {
        Gap(
            id: "\(feed.rawValue)-\(fault.name)-\(times.lowerBound.milliseconds)", feed: feed, state: .open,
            from: times.lowerBound, to: times.upperBound, cause: cause)
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
