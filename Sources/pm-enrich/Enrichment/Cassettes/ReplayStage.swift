import PMJSON
import PMPipe
import PMRecord
import PolymarketAPI

/// Does what an ``Enricher`` decides, with the answers of a cassette, by the clock of the records themselves: the same
/// input gives the same output, to the byte, however fast it comes. Records are as old as the first of them was when
/// the cassette was made, so that nothing is asked now that it was too late to ask then.
///
/// Time goes from event to event: the next line's, the next answer's, the next deadline's.
package struct ReplayStage: ~Copyable {
    private let log: StageLog
    private var cassette: CassettePlayer
    private var enricher: Enricher
    private var now: Moment
    /// The time of the first record, and the clock's beginning.
    private var origin: (time: Timestamp, moment: Moment)?
    /// What is on its way, soonest first.
    private var deliveries: [(time: ContinuousClock.Instant, ticket: RequestQueue.Ticket, reply: Reply)] = []
    private var tally = Tally()

    package init(_ settings: Enricher.Settings, _ cassette: CassettePlayer, log: StageLog) {
        self.log = log
        self.cassette = cassette
        // Which questions came together depends on the moment, and so would not come again.
        var settings = settings
        settings.asksTogether = false
        now = Moment(instant: .now, time: Timestamp(milliseconds: 0))
        enricher = Enricher(settings, at: now)
    }

    /// Runs until the input has ended and every trade has left.
    ///
    /// - Throws: ``ExitStatus/tryAgain`` when told to stop before the end of input.
    package consuming func run(
        from input: consuming LineReader = LineReader(), to output: consuming LineWriter = LineWriter(),
        rejects: inout Rejects, status: inout StatusFile
    ) throws(StageError) -> Tally {
        let stop = StopSignal(readingFrom: input.descriptor)
        var hasEnded = false
        while !hasEnded {
            let arrival = try input.wait(upTo: status.untilDue(at: .now))
            hasEnded = arrival == .end
            if arrival != .nothing {
                tally.lastInputAt = .now()
                input.forEachLine { line, isTooLong in receive(line, isTooLong, &rejects, &output) }
            }
            if hasEnded { run(until: nil, &output) }
            try output.flush()
            try rejects.flush()
            enricher.report(into: &tally)
            status.refresh(tally, at: .now) { report(into: &$0) }
            if stop.isRequested {
                status.finish(tally, at: .now) { report(into: &$0) }
                throw StopSignal.stoppedEarly
            }
        }
        status.finish(tally, at: .now) { report(into: &$0) }
        return tally
    }
}

extension ReplayStage {
    private mutating func receive(
        _ line: Span<UInt8>, _ isTooLong: Bool, _ rejects: inout Rejects, _ output: inout LineWriter
    ) {
        tally.linesIn += 1
        if !isTooLong { run(until: moment(of: line), &output) }
        let verdict = isTooLong ? .rejected("longer than 1 MiB") : enricher.receive(line, at: now)
        if case .rejected(let reason) = verdict {
            tally.rejected += 1
            rejects.add(line, number: tally.linesIn, reason: reason)
        }
        takeOutput(into: &output)
    }

    /// When a line came, by its own word; now, when it does not say.
    private mutating func moment(of line: Span<UInt8>) -> Moment {
        guard let record = try? Record(line.withUnsafeBufferPointer { Array($0) }),
            let time = record.time(Key.receivedAt) ?? record.time(Key.time)
        else { return now }
        guard let origin else {
            now = Moment(instant: now.instant, time: max(time, cassette.start ?? time))
            origin = (time, now)
            return now
        }
        let moment = origin.moment.advanced(by: origin.time.duration(to: time))
        return moment.time < now.time ? now : moment
    }

    /// Lets happen what happens up to then; without a limit, until every trade has left.
    private mutating func run(until limit: Moment?, _ output: inout LineWriter) {
        while true {
            while let (ticket, request) = enricher.nextRequest(at: now) { answer(request, ticket) }
            takeOutput(into: &output)
            if limit == nil, enricher.openCount == 0 { return }
            let next = [deliveries.first?.time, enricher.wakeTime(at: now)].compactMap { $0 }.min()
            guard let next, limit.map({ next <= $0.instant }) ?? true else { break }
            // Never the same time again, or it would stand still.
            let isDelivery = deliveries.first.map { $0.time <= next } ?? false
            let step = max(isDelivery ? .zero : .milliseconds(1), now.instant.duration(to: next))
            now = now.advanced(by: step)
            while let first = deliveries.first, first.time <= now.instant {
                deliveries.removeFirst()
                enricher.receive(first.reply, to: first.ticket, at: now)
            }
            enricher.advance(to: now)
        }
        if let limit, now.instant < limit.instant { now = limit }
        enricher.advance(to: now)
        takeOutput(into: &output)
    }

    private mutating func answer(_ request: APIRequest, _ ticket: RequestQueue.Ticket) {
        guard let (reply, elapsed) = cassette.reply(to: request) else {
            // No trade waits for a leaderboard: the recorded run may have ended before it was read.
            if request.route != .dataLeaderboard {
                log.error(.api, "the cassette has no answer to \(Cassette.name(request))")
            }
            let missing = Reply.failure("not in the cassette", isTransient: false)
            return enricher.receive(missing, to: ticket, at: now)
        }
        let time = now.instant + elapsed
        let place = deliveries.firstIndex { $0.time > time } ?? deliveries.endIndex
        deliveries.insert((time, ticket, reply), at: place)
    }

    private mutating func takeOutput(into output: inout LineWriter) {
        for line in enricher.takeOutput() {
            output.append(line)
            tally.linesOut += 1
        }
    }

    private func report(into writer: inout JSONWriter) {
        EnrichmentReport(enricher, underWay: deliveries.count).write(into: &writer, at: now.instant)
    }
}
