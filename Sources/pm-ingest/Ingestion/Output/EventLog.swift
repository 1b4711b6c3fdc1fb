import PMJSON
import PMPipe
import PMRecord

/// Our stream of lines: numbers them, writes them down, and hands them on; what cannot be kept safe or told becomes
/// a gap.
///
/// Used by the event loop's thread alone. ``commit(at:)`` once a turn.
final class EventLog {
    /// What became of a message.
    enum Fate {
        case told(id: UInt128?)
        case duplicate(id: UInt128)
        case suspected
        case dropped(String)
        case rejected(String)
    }

    let outflow: OutputQueue
    let journal: Journal?
    private(set) var tally = IngestTally()
    private(set) var ledger: GapTracker
    private var teller: TradeSequencer
    /// Of the lines that the next commit takes: whose trade each is.
    private var uncommitted: [UInt128?] = []
    private let log: StageLog
    /// Called with a gap whose end is known.
    var onEndedGap: (Gap) -> Void = { _ in }

    /// - Parameter after: The last number that a consumer has, where one said so.
    init(feed: Feed, journal: Journal?, after: UInt64?, log: StageLog) {
        self.journal = journal
        self.log = log
        outflow = OutputQueue()
        let history = journal?.history
        teller = TradeSequencer(after: max(history?.lastSeq ?? 0, after ?? 0))
        ledger = GapTracker(feed: feed, resuming: history?.openGaps ?? [])
        for id in history?.ids ?? [] { teller.remember(id) }
    }

    var seq: UInt64 { teller.seq }
    var toldCount: Int { teller.toldCount }

    func count(_ change: (inout IngestTally) -> Void) { change(&tally) }

    func beginReading() { teller.beginReading() }

    /// Tells a trade, if it is one and new.
    func tell(_ message: FeedMessage) -> Fate {
        tally.lines.linesIn += 1
        switch teller.tell(message) {
        case .line(let line, let id):
            send(line, of: id)
            return .told(id: id)
        case .duplicate(let id):
            tally.drop("duplicate")
            return .duplicate(id: id)
        case .suspected:
            tally.drop("suspected")
            return .suspected
        case .dropped(let type):
            tally.drop(type)
            return .dropped(type)
        case .malformed(let reason):
            tally.lines.rejected += 1
            return .rejected(reason)
        }
    }

    // MARK: Gaps

    func beginGap(_ fault: GapKind, from: Timestamp, cause: String) {
        guard let gap = ledger.begin(fault, from: from, at: .now(), cause: cause) else { return }
        log.warning(.input, "a gap: \(cause)", ["since": "\(gap.from)"])
        tell(gap)
    }

    func endGap(_ fault: GapKind) {
        guard let gap = ledger.end(fault, at: .now()) else { return }
        tell(gap)
        onEndedGap(gap)
    }

    /// Lines that stood in the journal are no more: the trades among them may be told again.
    func noteLost(_ times: ClosedRange<Timestamp>, trades: [UInt128], cause: String) {
        guard let gap = ledger.note(.unkept, times, cause: cause) else { return }
        for id in trades { teller.forget(id) }
        log.warning(.input, "a gap: \(cause)", ["since": "\(gap.from)"])
        tell(gap)
        onEndedGap(gap)
    }

    func settleGap(_ id: String, as state: Gap.State, recovered: Int) {
        guard let gap = ledger.settle(id, as: state, recovered: recovered) else { return }
        if state != .open {
            log.notice("a gap is \(state.rawValue)", ["gap": "\(gap.id)", "recovered": "\(gap.recovered)"])
        }
        tell(gap)
    }

    private func tell(_ gap: Gap) {
        let seq = teller.nextSeq()
        tally.lines.amended += 1
        send(gap.line(seq: seq), of: nil, seq: seq)
    }

    /// Tells that a trade was taken back.
    func retract(_ id: UInt128, reason: String) {
        let seq = teller.nextSeq()
        var writer = JSONWriter()
        writer.object { record in
            record.member(Key.kind, Kind.retract.rawValue)
            record.member(Key.id, id.tradeID)
            record.member(Key.seq, seq)
            record.member(Key.reason, reason)
        }
        tally.lines.amended += 1
        tally.retracted += 1
        send(writer.bytes, of: nil, seq: seq)
    }

    // MARK: On the way out

    private func send(_ line: [UInt8], of id: UInt128?, seq: UInt64? = nil) {
        guard let journal else { return hold(line, of: id) }
        journal.append(line, seq: seq ?? teller.seq)
        uncommitted.append(id)
        if journal.syncsEveryLine { commit(at: .now) }
    }

    /// Makes what was told since the last time safe, and lets it be written.
    func commit(at now: ContinuousClock.Instant) {
        guard let journal else { return }
        let segments = journal.segments
        switch journal.commit(at: now) {
        case .nothing: return
        case .durable(let position):
            tally.lines.linesOut += uncommitted.count
            uncommitted = []
            outflow.offer(position)
            endGap(.unjournaled)
            guard journal.segments > segments else { return }
            // Whoever recovers looks no further back than this segment.
            for gap in ledger.open { tell(gap) }
        case .failed(let lines, let reason):
            for (line, id) in zip(lines, uncommitted) {
                if let id { teller.forget(id) }  // so that the repair may tell it again, and write it down
                hold(line, of: nil)
            }
            uncommitted = []
            guard !ledger.isGoingOn(.unjournaled) else { return }
            log.error(.input, "unable to write the journal: \(reason); lines go on without it")
            beginGap(.unjournaled, from: .now(), cause: "the journal could not be written: \(reason)")
        }
    }

    /// Holds a line for the reader in memory; beyond the bound it is lost, and the repair may tell it again.
    private func hold(_ line: [UInt8], of id: UInt128?) {
        if outflow.offer(line) {
            tally.lines.linesOut += 1
            if ledger.isGoingOn(.overflow), outflow.backlog < 1 << 20 { endGap(.overflow) }
            return
        }
        tally.drop("overflow")
        if let id { teller.forget(id) }
        guard !ledger.isGoingOn(.overflow) else { return }
        log.error(.input, "the reader is too slow: lines are lost, and told as a gap")
        beginGap(.overflow, from: .now(), cause: "the reader was too slow")
    }
}
