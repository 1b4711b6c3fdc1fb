import PMRecord

/// Tracks the gaps in what was received and emitted: decides what each gap's next record says, never emits it.
///
///     begin ──▶ ongoing ──end──▶ waiting for its back-fill ──settle──▶ closed, or unrecoverable
package struct GapTracker: Sendable {
    package let feed: Feed
    /// Gaps that have ended and are not settled; oldest first.
    package private(set) var waiting: [Gap]
    package private(set) var closed = 0
    package private(set) var unrecoverable = 0
    private var ongoing: [GapKind: Gap] = [:]

    /// - Parameter resuming: Gaps that an earlier run left open.
    package init(feed: Feed, resuming: [Gap] = []) {
        self.feed = feed
        waiting = resuming
    }

    /// All gaps that are not settled.
    package var open: [Gap] {
        waiting + ongoing.values.sorted { $0.id < $1.id }
    }

    package func isGoingOn(_ kind: GapKind) -> Bool { ongoing[kind] != nil }

    package func ongoingID(of kind: GapKind) -> String? { ongoing[kind]?.id }

    /// A gap began, at the latest now.
    ///
    /// - Parameters:
    ///   - from: Up to when nothing was missed.
    ///   - after: The last line that is in the journal, where the lines after it are missing: the gap has the same id
    ///     whichever run finds it.
    /// - Returns: The gap to emit; `nil` when one of this kind is ongoing.
    package mutating func begin(
        _ kind: GapKind, from: Timestamp, after seq: UInt64? = nil, at now: Timestamp, cause: String
    ) -> Gap? {
        guard ongoing[kind] == nil else { return nil }
        let gap = gap(kind, min(from, now)...now, after: seq, cause)
        ongoing[kind] = gap
        return gap
    }

    /// Notes a gap whose beginning and end are known.
    ///
    /// - Parameter after: The last line that is in the journal, as in ``begin(_:from:after:at:cause:)``.
    /// - Returns: The gap to emit; `nil` when it was noted before.
    package mutating func note(
        _ kind: GapKind, _ times: ClosedRange<Timestamp>, after seq: UInt64? = nil, cause: String
    ) -> Gap? {
        let gap = gap(kind, times, after: seq, cause)
        guard !waiting.contains(where: { $0.id == gap.id }) else { return nil }
        waiting.append(gap)
        return gap
    }

    /// A gap ended.
    ///
    /// - Returns: The gap to emit; `nil` when none of this kind is ongoing.
    package mutating func end(_ kind: GapKind, at now: Timestamp) -> Gap? {
        guard var gap = ongoing.removeValue(forKey: kind) else { return nil }
        gap.to = max(gap.from, now)
        waiting.append(gap)
        return gap
    }

    /// A gap's back-fill has ended.
    ///
    /// - Returns: The gap to emit; `nil` when there is no such gap.
    package mutating func settle(_ id: String, as state: Gap.State, recovered: Int) -> Gap? {
        guard let index = waiting.firstIndex(where: { $0.id == id }) else { return nil }
        var gap = waiting[index]
        gap.state = state
        gap.recovered += recovered
        switch state {
        case .open: waiting[index] = gap
        case .closed: closed += 1
        case .unrecoverable: unrecoverable += 1
        }
        if state != .open { waiting.remove(at: index) }
        return gap
    }

    private func gap(
        _ kind: GapKind, _ times: ClosedRange<Timestamp>, after seq: UInt64?, _ cause: String
    ) -> Gap {
        let name = seq.map { "after-\($0)" } ?? "\(kind.name)-\(times.lowerBound.milliseconds)"
        return Gap(
            id: "\(feed.rawValue)-\(name)", feed: feed, state: .open, from: times.lowerBound,
            to: times.upperBound, cause: cause)
    }
}
