import PMRecord

/// What is to be read from the API, in order: decides, never asks.
///
/// Gaps that wait and lie close together are read together, so that a connection that comes and goes does not queue up
/// more reading than there is time for. The first job has begun and is let alone.
package struct BackfillQueue: Sendable {
    package struct Job: Sendable {
        /// What one reading repairs; none for an audit.
        package private(set) var gaps: [Gap]
        package var repair: Backfill
        /// Reads that have been begun.
        package var reads = 0
        /// Trades found again, by the gap that they fell into.
        package private(set) var found: [String: Int] = [:]

        package var isAudit: Bool { gaps.isEmpty }

        fileprivate init(_ gaps: [Gap], _ repair: Backfill) {
            self.gaps = gaps
            self.repair = repair
        }

        /// A trade of that time was told that had not been.
        package mutating func found(at time: Timestamp) {
            guard let gap = gaps.last(where: { $0.from <= time }) ?? gaps.first else { return }
            found[gap.id, default: 0] += 1
        }
    }

    private let intervals: Intervals
    package var jobs: [Job] = []

    package init(_ intervals: Intervals) {
        self.intervals = intervals
    }

    /// Adds a gap's repair.
    package mutating func add(
        _ gap: Gap, version: TradeWindowReader.Version, wall: Timestamp, at now: ContinuousClock.Instant
    ) {
        var gaps = [gap]
        // The first one is being read.
        if let last = jobs.indices.dropFirst().last, !jobs[last].isAudit, touches(gap, jobs[last].repair.gap)
        {
            gaps = (jobs.remove(at: last).gaps + gaps).sorted { $0.from < $1.from }
        }
        var stretch = gap
        stretch.from = gaps.map(\.from).min() ?? gap.from
        stretch.to = gaps.map(\.to).max() ?? gap.to
        jobs.append(Job(gaps, Backfill(of: stretch, intervals, version: version, wall: wall, at: now)))
    }

    /// Adds the audit of a stretch, in place of one that has not begun; not while one is being made.
    package mutating func addAudit(
        of stretch: Gap, version: TradeWindowReader.Version, wall: Timestamp, at now: ContinuousClock.Instant
    ) {
        let audit = Job(
            [], Backfill(of: stretch, intervals, isExact: true, version: version, wall: wall, at: now))
        switch jobs.firstIndex(where: \.isAudit) {
        case nil: jobs.append(audit)
        case 0?: break
        case let waiting?: jobs[waiting] = audit
        }
    }

    /// Whether what is read around the two overlaps.
    private func touches(_ one: Gap, _ other: Gap) -> Bool {
        let reach = intervals.margin * 2
        return one.from <= other.to.advanced(by: reach) && other.from <= one.to.advanced(by: reach)
    }
}
