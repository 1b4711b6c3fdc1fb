import PMJSON
import PMPipe
import PMRecord
import WebSockets

/// How a run begins: what the last one left open is taken up.
extension LiveFeed {
    func startRepairing() {
        if let base = options.dataURL {
            let client = BackfillRunner.Client(
                beginReading: { [unowned self] in stream.beginReading() },
                tell: { [unowned self] message in
                    guard isFollowed(message) else { return .known }
                    if case .malformed(let reason) = message {
                        log.count(.api)
                        log.debug("a row of the Data API: \(reason)")
                        return .known
                    }
                    return switch stream.emit(described(message)) {
                    case .emitted: .new
                    case .unconfirmedTwin: .suspected
                    case .duplicate, .dropped, .rejected: .known
                    }
                },
                settle: { [unowned self] gap, state, recovered in
                    stream.settleGap(gap.id, as: state, recovered: recovered)
                },
                retract: { [unowned self] id, reason in stream.retract(id, reason: reason) })
            desk = BackfillRunner(
                loop: loop, base: base, budget: options.apiBudget, feed: options.feed,
                intervals: options.intervals, log: log,
                client: client)
            horizon.note(told: stream.emittedCount, at: .now())
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
        for gap in stream.gaps.waiting { stream.onEndedGap(gap) }
        if stream.journal?.recovery.lastTime != nil {
            stream.beginGap(.stopped, from: began, cause: "pm-ingest did not run")
        }
    }

    /// Goes on with what the last run may not have got round to.
    func resumeAudit() {
        guard let history = stream.journal?.recovery, let last = history.lastTime else { return }
        let begin = last.advanced(by: .zero - options.intervals.audit * 2)
        desk?.auditedTo = begin
        for trade in history.liveTrades where trade.time >= begin { desk?.expect(trade) }
    }
}
