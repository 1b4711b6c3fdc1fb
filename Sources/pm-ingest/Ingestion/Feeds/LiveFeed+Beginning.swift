import PMJSON
import PMPipe
import PMRecord
import WebSockets

/// How a run begins: what the journal has left is told, and gaps and trades are set about.
extension LiveFeed {
    func startTelling() {
        var source: Emission.Source?
        if let journal = stream.journal, let settings = options.journal {
            let history = journal.history
            let after = options.after ?? history.lastSeq
            source = Emission.Source(
                directory: settings.directory, stream: journal.stream, after: after,
                markPeriod: options.intervals.mark)
            tellAgain(after: after, history, in: settings.directory)
            planTrimming()
        }
        let outflow = stream.outflow
        _ = Worker { [source] in Emission(of: outflow, from: source).run() }
    }

    /// Lets what the journal has and some consumer has not be written once more.
    func tellAgain(after: UInt64, _ history: History, in directory: String) {
        if history.cutOff > 0 {
            log.warning(.input, "the journal's last line was unfinished", ["bytes": "\(history.cutOff)"])
        }
        if let first = history.segments.first, after + 1 < first.first {
            log.error(.input, "the journal begins behind the place to go on from", ["after": "\(after)"])
            stream.beginGap(
                .unheard, from: lastHeard, cause: "the journal no longer has what came after \(after)")
        }
        guard after < history.lastSeq else { return }
        for segment in Segment.holding(after: after, of: history.segments) {
            guard let entry = Trimming.Entry(segment, in: directory), entry.size > 0 else { continue }
            stream.outflow.offer(Journal.Position(segment: segment, end: entry.size))
        }
    }

    func startRepairing() {
        if let base = options.dataURL {
            let client = RepairDesk.Client(
                beginReading: { [unowned self] in stream.beginReading() },
                tell: { [unowned self] message in
                    guard isFollowed(message) else { return .known }
                    return switch stream.tell(described(message)) {
                    case .told: .new
                    case .suspected: .suspected
                    case .duplicate, .dropped, .rejected: .known
                    }
                },
                settle: { [unowned self] gap, state, recovered in
                    stream.settleGap(gap.id, as: state, recovered: recovered)
                },
                retract: { [unowned self] id, reason in stream.retract(id, reason: reason) })
            desk = RepairDesk(
                loop: loop, base: base, budget: options.apiBudget, feed: options.feed,
                intervals: options.intervals, log: log,
                client: client)
            resumeAudit()
            planAudit()
        }
        loop.onWake = { [unowned self] in
            desk?.takeAnswers()
            markets?.takeAnswers()
        }
        stream.onEndedGap = { [unowned self] gap in
            if let desk {
                desk.repair(gap)
            } else {
                stream.settleGap(gap.id, as: .unrecoverable, recovered: 0)
            }
        }
        for gap in stream.ledger.waiting { stream.onEndedGap(gap) }
        if stream.journal?.history.lastTime != nil {
            stream.beginGap(.unheard, from: lastHeard, cause: "pm-ingest did not run")
        }
    }

    /// Goes on with what the last run may not have got round to.
    func resumeAudit() {
        guard let history = stream.journal?.history, let last = history.lastTime else { return }
        let begin = last.advanced(by: .zero - options.intervals.audit * 2)
        desk?.auditedTo = begin
        for trade in history.live where trade.time >= begin { desk?.expect(trade) }
    }
}
