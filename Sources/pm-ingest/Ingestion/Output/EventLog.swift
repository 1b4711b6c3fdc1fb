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

    let output: OutputQueue
    let journal: Journal?
    private(set) var tally = IngestTally()
    private(set) var gaps: GapTracker
    private var sequencer: TradeSequencer
    /// The latest time of a trade of the feed, by the exchange's clock.
    private var latestTrade: Timestamp?
    /// The trade of each line that the next commit writes; `nil` for a line that is not a trade.
    private var uncommitted: [UInt128?] = []
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
        for id in recovery?.tradeIDs ?? [] { sequencer.remember(id) }
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
        guard let gap = gaps.begin(fault, from: from, at: .now(), cause: cause) else { return }
        log.warning(.input, "a gap: \(cause)", ["since": "\(gap.from)"])
        emit(gap)
    }

    func endGap(_ fault: GapKind) {
        guard let gap = gaps.end(fault, at: .now()) else { return }
        emit(gap)
        onEndedGap(gap)
    }

    /// Emits a gap for lines that the journal has lost.
    ///
    /// - Parameter trades: The trades among those lines. They may be emitted again.
    func noteLost(_ times: ClosedRange<Timestamp>, trades: [UInt128], cause: String) {
        guard let gap = gaps.note(.unkept, times, cause: cause) else { return }
        for id in trades { sequencer.forget(id) }
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
        append(gap.line(seq: seq), of: nil, seq: seq)
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

    private func append(_ line: [UInt8], of id: UInt128?, seq: UInt64? = nil) {
        guard let journal else { return enqueue(line, of: id) }
        journal.append(line, seq: seq ?? sequencer.seq)
        uncommitted.append(id)
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
            endGap(.unjournaled)
            guard journal.segments > segments else { return }
            // Recovery reads a limited number of segments, so each new one repeats the open gaps.
            for gap in gaps.open { emit(gap) }
        case .failed(let lines, let reason):
            for (line, id) in zip(lines, uncommitted) {
                // The back-fill may emit the trade again, and journal it then.
                if let id { sequencer.forget(id) }
                enqueue(line, of: nil)
            }
            uncommitted = []
            guard !gaps.isGoingOn(.unjournaled) else { return }
            log.error(.input, "unable to write the journal: \(reason); lines continue without it")
            beginGap(.unjournaled, from: .now(), cause: "the journal could not be written: \(reason)")
        }
    }

    /// Holds a line in memory for the reader. Beyond the bound the line is lost, and the back-fill may emit it again.
    private func enqueue(_ line: [UInt8], of id: UInt128?) {
        if output.offer(line) {
            tally.lines.linesOut += 1
            if gaps.isGoingOn(.overflow), output.backlog < 1 << 20 { endGap(.overflow) }
            return
        }
        tally.drop("overflow")
        if let id { sequencer.forget(id) }
        guard !gaps.isGoingOn(.overflow) else { return }
        log.error(.input, "the reader is too slow: lines are lost, and a gap is emitted")
        beginGap(.overflow, from: .now(), cause: "the reader was too slow")
    }
}
