import PMJSON
import PMPipe
import PMRecord

/// The log of all lines that a run emits: numbers them, appends them to the journal, and passes them to the output
/// queue. A loss, in the journal or in the queue, becomes a gap.
///
/// Only the event loop's thread uses it, and calls ``commit(at:)`` once a turn.
final class EventLog {
    /// The result of emitting one message.
    enum EmitResult {
        /// `id` is the trade's; `nil` for a line that is not a trade.
        case emitted(id: UInt128?)
        case duplicate(id: UInt128)
        case unconfirmedTwin
        case dropped(String)
        case rejected(String)
    }

    private struct PendingLine {
        let seq: UInt64
        /// The id of an open gap; `nil` for any other line.
        let openGap: String?
    }

    let output: OutputQueue
    let journal: Journal?
    private(set) var tally = IngestTally()
    private(set) var gaps: GapTracker
    private var sequencer: TradeSequencer
    /// The latest time of a trade of the feed, by the exchange's clock.
    private var latestTrade: Timestamp?
    private var times: JournalTimes
    /// The lines that the next commit writes.
    private var uncommitted: [PendingLine] = []
    /// Lines that were emitted while the journal could not be written.
    private var unjournaled: ClosedRange<UInt64>?
    private let log: StageLog
    /// Called with a gap whose end is known.
    var onEndedGap: (Gap) -> Void = { _ in }

    /// - Parameter after: The last sequence number that a consumer has, if any reported one.
    init(feed: Feed, journal: Journal?, after: UInt64?, log: StageLog) {
        self.journal = journal
        self.log = log
        output = OutputQueue()
        let recovery = journal?.recovery
        sequencer = TradeSequencer(after: max(recovery?.lastSeq ?? 0, after ?? 0))
        gaps = GapTracker(feed: feed, resuming: recovery?.openGaps ?? [])
        times = recovery?.times ?? JournalTimes()
        for trade in recovery?.trades ?? [] { sequencer.remember(trade.id, seq: trade.seq) }
    }

    var seq: UInt64 { sequencer.seq }
    var emittedCount: Int { sequencer.emittedCount }

    func count(_ change: (inout IngestTally) -> Void) { change(&tally) }

    func beginReading() { sequencer.beginReading() }

    func beginPoll() { sequencer.beginPoll() }

    /// Emits a message if it is a new trade.
    func emit(_ message: FeedMessage) -> EmitResult {
        tally.lines.linesIn += 1
        if case .trade(let trade, .feed, _) = message {
            latestTrade = max(latestTrade ?? trade.time, trade.time)
        }
        switch sequencer.sequence(message) {
        case .line(let line, let id):
            tally.note(odd: message.oddMembers)
            if case .trade(let trade, _, _) = message {
                let received = trade.receivedAt
                times.note(seq, min(trade.time, received)...max(trade.time, received))
            }
            append(line, of: id)
            return .emitted(id: id)
        case .duplicate(let id):
            tally.drop("duplicate")
            return .duplicate(id: id)
        case .unconfirmedTwin:
            tally.drop("suspected")
            return .unconfirmedTwin
        case .dropped(let type):
            tally.drop(type)
            return .dropped(type)
        case .malformed(let reason):
            tally.lines.rejected += 1
            return .rejected(reason)
        }
    }

    // MARK: Gaps

    /// - Parameter from: Up to when nothing was missed. It is not believed beyond the feed's latest trade: this machine's
    ///   clock may be ahead.
    func beginGap(_ fault: GapKind, from: Timestamp, cause: String) {
        let from = min(from, latestTrade ?? from)
        let isOfJournal = fault == .stopped || fault == .unjournaled
        let last = isOfJournal ? journal?.lastSeq : nil
        guard let gap = gaps.begin(fault, from: from, after: last, at: .now(), cause: cause) else { return }
        log.warning(.input, "a gap: \(cause)", ["since": "\(gap.from)"])
        emit(gap)
    }

    func endGap(_ fault: GapKind) {
        guard let gap = gaps.end(fault, at: .now()) else { return }
        emit(gap)
        onEndedGap(gap)
    }

    /// Emits a gap for lines that the journal has lost. Their trades may be emitted again.
    func noteLost(_ seqs: ClosedRange<UInt64>, cause: String) {
        sequencer.forget(seqs)
        let span = times.span(of: seqs, at: .now())
        guard let gap = gaps.note(.unkept, span, after: max(seqs.lowerBound, 1) - 1, cause: cause) else {
            return
        }
        log.warning(.input, "a gap: \(cause)", ["since": "\(gap.from)"])
        emit(gap)
        onEndedGap(gap)
    }

    func settleGap(_ id: String, as state: Gap.State, recovered: Int) {
        guard let gap = gaps.settle(id, as: state, recovered: recovered) else { return }
        if state != .open {
            log.notice("a gap is \(state.rawValue)", ["gap": "\(gap.id)", "recovered": "\(gap.recovered)"])
        }
        emit(gap)
    }

    private func emit(_ gap: Gap) {
        let seq = sequencer.nextSeq()
        tally.lines.amended += 1
        append(gap.line(seq: seq), of: nil, seq: seq, openGap: gap.state == .open ? gap.id : nil)
    }

    /// Emits the retraction of a trade.
    func retract(_ id: UInt128, reason: String) {
        tally.retracted += 1
        amend(.retract, id, reason)
    }

    /// Emits the inverse of a retraction.
    func restore(_ id: UInt128, reason: String) {
        tally.restored += 1
        amend(.restore, id, reason)
    }

    private func amend(_ kind: Kind, _ id: UInt128, _ reason: String) {
        let seq = sequencer.nextSeq()
        var writer = JSONWriter()
        writer.object { record in
            record.member(Key.kind, kind.rawValue)
            record.member(Key.id, id.tradeID)
            record.member(Key.seq, seq)
            record.member(Key.reason, reason)
        }
        tally.lines.amended += 1
        append(writer.bytes, of: nil, seq: seq)
    }

    /// Emits the result of an audit.
    func emit(_ audit: AuditResult) {
        let seq = sequencer.nextSeq()
        tally.lines.amended += 1
        append(audit.line(seq: seq, feed: gaps.feed), of: nil, seq: seq)
    }

    // MARK: Journal and output

    private func append(
        _ line: [UInt8], of id: UInt128?, seq: UInt64? = nil, openGap: String? = nil
    ) {
        guard let journal else { return enqueue(line, seq ?? sequencer.seq, of: id) }
        journal.append(line, seq: seq ?? sequencer.seq)
        uncommitted.append(PendingLine(seq: seq ?? sequencer.seq, openGap: openGap))
        if journal.syncsEveryLine { commit(at: .now) }
    }

    /// Syncs the lines since the last commit to the journal, and allows the writer to emit them.
    func commit(at now: ContinuousClock.Instant) {
        guard let journal else { return }
        let segments = journal.segments
        switch journal.commit(at: now) {
        case .empty: return
        case .durable(let offset):
            tally.lines.linesOut += uncommitted.count
            uncommitted = []
            output.offer(offset)
            if let unjournaled {
                // Only now: the back-fill emits them once more, and journals them.
                sequencer.forget(unjournaled)
                self.unjournaled = nil
            }
            endGap(.unjournaled)
            guard journal.segments > segments else { return }
            // Recovery reads a limited number of segments, so each new one repeats the open gaps.
            for gap in gaps.open { emit(gap) }
        case .failed(let lines, let reason):
            if !gaps.isGoingOn(.unjournaled) {
                log.error(.input, "unable to write the journal: \(reason); lines continue without it")
            }
            emitUnjournaled(lines)
            beginGap(.unjournaled, from: .now(), cause: "the journal could not be written: \(reason)")
        }
    }

    /// Emits lines that the journal could not take.
    ///
    /// A gap that opens is held back until the journal has it: no later run would close it. The gap of the journal itself
    /// is emitted, because the next run opens one of the same id.
    private func emitUnjournaled(_ lines: [[UInt8]]) {
        let pending = uncommitted
        uncommitted = []
        for (line, pending) in zip(lines, pending) {
            if let id = pending.openGap, id != gaps.ongoingID(of: .unjournaled) {
                tally.lines.amended -= 1
                output.skip(pending.seq)
                continue
            }
            unjournaled = (unjournaled?.lowerBound ?? pending.seq)...pending.seq
            enqueue(line, pending.seq, of: nil)
        }
    }

    /// Holds a line in memory for the reader. Beyond the bound the line is lost, and the back-fill may emit it again.
    private func enqueue(_ line: [UInt8], _ seq: UInt64, of id: UInt128?) {
        if output.offer(line) {
            tally.lines.linesOut += 1
            if gaps.isGoingOn(.overflow), output.backlog < 1 << 20 { endGap(.overflow) }
            return
        }
        output.skip(seq)
        tally.drop("overflow")
        if let id { sequencer.forget(id) }
        guard !gaps.isGoingOn(.overflow) else { return }
        log.error(.input, "the reader is too slow: lines are lost, and a gap is emitted")
        beginGap(.overflow, from: .now(), cause: "the reader was too slow")
    }
}
