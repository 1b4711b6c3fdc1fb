import PMPipe
import PMRecord
import WebSockets

/// Maintains the journal of a live run: offers its earlier lines to consumers that lack them, trims it, and notes lost
/// and damaged lines as gaps.
final class JournalMaintenance {
    private static let period = Duration.seconds(60)

    private let eventLog: EventLog
    private let journal: Journal
    private let directory: String
    private let statusDirectory: String?
    private let loop: EventLoop
    private let log: StageLog
    /// Segments whose damage has been noted.
    private var damaged: Set<Segment> = []

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
        offerHistory(after: after)
        planTrimming()
    }

    /// Notes lines that the output could not read back as a gap.
    func noteDamage() {
        let all = eventLog.output.progress.damaged
        guard all.count > damaged.count else { return }
        for segment in all.subtracting(damaged).sorted() {
            noteLost(segment, isDeleted: false, cause: "the journal is damaged")
        }
        damaged = all
    }

    // MARK: JournalRecovery

    private func offerHistory(after: UInt64) {
        let history = journal.recovery
        if history.truncatedBytes > 0 {
            log.warning(
                .input, "the journal's last line was incomplete, and was removed",
                ["bytes": "\(history.truncatedBytes)"])
        }
        if let first = history.segments.first, after + 1 < first.first {
            log.error(.input, "the journal no longer has lines that a consumer needs", ["after": "\(after)"])
            noteMissing(first.first - after - 1, before: first)
        }
        guard after < history.lastSeq else { return }
        for segment in Segment.holding(after: after, of: history.segments) {
            guard let entry = RetentionPolicy.SegmentInfo(segment, in: directory), entry.size > 0 else {
                continue
            }
            eventLog.output.offer(Journal.Offset(segment: segment, end: entry.size))
        }
    }

    /// Notes a gap for lines that stood before the journal's first. The time at which they began is not known: it is
    /// estimated, generously, from the pace of the lines that follow.
    private func noteMissing(_ lines: UInt64, before segment: Segment) {
        guard let contents = try? SegmentContents(of: segment, in: directory), let times = contents.times
        else { return }
        let pace = times.lowerBound.duration(to: times.upperBound) / max(1, contents.lines - 1)
        let span = min(.seconds(31 * 86_400), max(.seconds(60), pace * 2 * Double(lines)))
        eventLog.noteLost(
            times.lowerBound.advanced(by: .zero - span)...times.lowerBound, trades: [],
            cause: "the journal no longer has \(lines) lines that a consumer needs")
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
        for segment in verdict.lost {
            log.error(
                .input, "the journal is full: a segment that a consumer may need is deleted",
                ["segment": "\(segment.name)"])
            noteLost(segment, isDeleted: true, cause: "the journal was full")
        }
        journal.delete(verdict.deleted)
    }

    /// - Parameter isDeleted: True if no consumer can get the segment's trades any more, so that a back-fill may emit
    ///   them again. The readable lines of a damaged segment have been emitted.
    private func noteLost(_ segment: Segment, isDeleted: Bool, cause: String) {
        guard let contents = try? SegmentContents(of: segment, in: directory), let times = contents.times
        else { return }
        eventLog.noteLost(times, trades: isDeleted ? contents.tradeIDs : [], cause: cause)
    }
}
