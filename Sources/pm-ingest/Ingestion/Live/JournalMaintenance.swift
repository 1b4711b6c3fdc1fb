import PMPipe
import PMRecord
import WebSockets

/// Maintains the journal of a live run: offers its earlier lines to consumers that lack them, trims it, and notes lost
/// lines as gaps.
final class JournalMaintenance {
    private static let period = Duration.seconds(60)

    private let eventLog: EventLog
    private let journal: Journal
    private let directory: String
    private let statusDirectory: String?
    private let loop: EventLoop
    private let log: StageLog
    /// Losses whose gaps are not in the journal yet.
    private var unsettledLosses = 0
    private var displacements = 0

    /// - Parameter statusDirectory: The directory of the consumers' status files, whose cursors say what can be trimmed.
    init(
        of journal: Journal, in directory: String, _ eventLog: EventLog, statusDirectory: String?,
        loop: EventLoop, log: StageLog
    ) {
        self.journal = journal
        self.directory = directory
        self.eventLog = eventLog
        self.statusDirectory = statusDirectory
        self.loop = loop
        self.log = log
    }

    /// Offers the lines of earlier runs to the output, and starts to trim.
    ///
    /// - Parameter after: The number of the last line that every consumer has.
    func start(after: UInt64) {
        reportRecovery()
        offerHistory(after: after)
        planTrimming()
    }

    /// Notes lines that the output could not read back as gaps. Call after a commit.
    func noteLosses() {
        if journal.displacements > displacements {
            displacements = journal.displacements
            log.error(
                .input,
                "another program deleted, moved or shortened the journal's segment: a new one is begun")
        }
        let losses = eventLog.output.takeLosses()
        for seqs in losses {
            eventLog.noteLost(seqs, cause: "the journal has lost \(seqs.count) lines that a consumer needs")
        }
        unsettledLosses += losses.count
        guard unsettledLosses > 0 else { return }
        eventLog.commit(at: .now)
        guard !journal.isDegraded else { return }
        eventLog.output.settleLosses(unsettledLosses)
        unsettledLosses = 0
    }

    // MARK: Recovery

    private func reportRecovery() {
        let history = journal.recovery
        if history.truncatedBytes > 0 {
            log.warning(
                .input, "the journal's last line was incomplete, and was removed",
                ["bytes": "\(history.truncatedBytes)"])
        }
        for (segment, reason) in history.unreadable {
            log.error(
                .input, "a segment of the journal cannot be read: \(reason)", ["segment": "\(segment.name)"])
        }
        if journal.hasLostItsStream {
            log.error(.input, "the journal's stream id is missing: its lines are emitted as a new stream")
        }
    }

    private func offerHistory(after: UInt64) {
        let history = journal.recovery
        if after < history.lastSeq {
            let segments = Segment.holding(after: after, of: history.segments)
            for (index, segment) in zip(segments.indices, segments) {
                guard let info = RetentionPolicy.SegmentInfo(segment, in: directory), info.size > 0 else {
                    continue
                }
                let isLast = index + 1 == segments.endIndex
                let last = isLast ? history.lastSeq : segments[index + 1].first - 1
                eventLog.output.offer(Journal.Offset(segment: segment, end: info.size, lastSeq: last))
            }
        }
        // Numbers beyond the journal's last line have been used: the gap since that line covers them.
        if eventLog.seq > max(after, history.lastSeq) { eventLog.output.skip(eventLog.seq) }
    }

    // MARK: Trimming

    private func planTrimming() {
        trim()
        loop.after(Self.period) { [unowned self] in planTrimming() }
    }

    private func trim() {
        let verdict = journal.retentionPlan(
            emitted: eventLog.output.progress.seq, cursor: ConsumerCursors.lowest(in: statusDirectory),
            at: Int(Timestamp.now().milliseconds / 1000))
        let all = Segment.all(in: directory)
        for segment in verdict.lost {
            log.error(
                .input, "the journal is full: a segment that a consumer may need is deleted",
                ["segment": "\(segment.name)"])
            guard let next = all.first(where: { $0 > segment }) else { continue }
            eventLog.noteLost(
                segment.first...max(segment.first, next.first - 1), cause: "the journal was full")
        }
        journal.delete(verdict.deleted)
    }
}
