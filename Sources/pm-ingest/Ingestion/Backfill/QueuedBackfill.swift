import PMRecord

/// One entry of the queue: the gaps that one ``GapBackfill`` fills, or an audit.
struct QueuedBackfill: Sendable {
    /// The gaps that are read together; none for an audit.
    let gaps: [Gap]
    var backfill: GapBackfill
    private var announcedReads = 0
    /// Trades added, by the id of the gap into which they fall.
    private var added: [String: Int] = [:]
    /// Trades from this time on count as missed, in an audit.
    private let missedFrom: Timestamp
    private var missed = 0

    init(_ gaps: [Gap], _ backfill: GapBackfill, missedFrom: Timestamp? = nil) {
        self.gaps = gaps
        self.backfill = backfill
        self.missedFrom = missedFrom ?? backfill.gap.from
    }

    var isAudit: Bool { gaps.isEmpty }

    /// Returns true if a read has begun since the last call.
    mutating func announceRead() -> Bool {
        defer { announcedReads = backfill.reads }
        return announcedReads != backfill.reads
    }

    /// A trade of that time was added.
    mutating func added(at time: Timestamp) {
        if time >= missedFrom { missed += 1 }
        guard let gap = gaps.last(where: { $0.from <= time }) ?? gaps.first else { return }
        added[gap.id, default: 0] += 1
    }

    /// Returns the action that ends the job.
    func end(_ state: Gap.State) -> BackfillQueue.Action {
        guard isAudit else {
            return .settle(
                gaps.map {
                    BackfillQueue.Settled(
                        gap: $0, state: state, recovered: added[$0.id] ?? 0, reason: backfill.problem)
                })
        }
        return .finishAudit(
            AuditResult(
                from: backfill.gap.from, to: backfill.gap.to, state: state, rows: backfill.rows,
                missed: missed, provedTo: backfill.provedTo, reason: backfill.problem))
    }
}
