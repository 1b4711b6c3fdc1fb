import DequeModule
import PMJSON
import PMPipe
import PMRecord
import PolymarketAPI

/// Runs an ``Enricher`` with the answers of a cassette, by the clock of the records: the same input gives the same output,
/// to the byte, at any speed. The first record is as old as it was during the recording, so that nothing is looked up
/// now that was too old then.
///
/// Time moves from event to event: the next line, the next answer, the next deadline.
package struct ReplayStage: ~Copyable {
    private let log: StageLog
    private var cassette: CassettePlayer
    private var enricher: Enricher
    private var now: ClockReading
    /// The first record's time, and the clock then.
    private var origin: (time: Timestamp, reading: ClockReading)?
    /// Answers to be received later, soonest first.
    private var replies: Deque<(time: ContinuousClock.Instant, id: QueuedRequestID, reply: APIReply)> = []
    private var tally = Tally()

    package init(_ settings: Enricher.Settings, _ cassette: CassettePlayer, log: StageLog) {
        self.log = log
        self.cassette = cassette
        // Batches depend on timing, so a replay would not repeat them.
        var settings = settings
        settings.lookups.batchesRequests = false
        now = ClockReading(instant: .now, time: Timestamp(milliseconds: 0))
        enricher = Enricher(settings, at: now)
    }

    /// Runs until the input has ended and every trade has been emitted.
    ///
    /// - Throws: ``ExitStatus/tryAgain`` when a signal stops it before the end of input.
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
            for notice in enricher.takeNotices() { log.notice(notice) }
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
        if !isTooLong { run(until: reading(of: line), &output) }
        let verdict = isTooLong ? .rejected("longer than 1 MiB") : enricher.receive(line, at: now)
        if case .rejected(let reason) = verdict {
            tally.rejected += 1
            rejects.add(line, number: tally.linesIn, reason: reason)
        }
        takeOutput(into: &output)
    }

    /// Returns the clock at which a line was received, from its own time; `now` when it has none.
    private mutating func reading(of line: Span<UInt8>) -> ClockReading {
        guard let record = try? Record(line.withUnsafeBufferPointer { Array($0) }),
            let time = record.time(Key.receivedAt) ?? record.time(Key.time)
        else { return now }
        guard let origin else {
            now = ClockReading(instant: now.instant, time: max(time, cassette.start ?? time))
            origin = (time, now)
            return now
        }
        let reading = origin.reading.advanced(by: origin.time.duration(to: time))
        return reading.time < now.time ? now : reading
    }

    /// Processes the events up to `limit`; without a limit, until every trade has been emitted.
    private mutating func run(until limit: ClockReading?, _ output: inout LineWriter) {
        while true {
            while let (id, request) = enricher.nextRequest(at: now) { answer(request, id) }
            takeOutput(into: &output)
            if limit == nil, enricher.openCount == 0 { return }
            let next = [replies.first?.time, enricher.wakeTime(at: now)].compactMap { $0 }.min()
            guard let next, limit.map({ next <= $0.instant }) ?? true else { break }
            // Deadlines move the clock by at least 1 ms, so that it always progresses.
            let isReply = replies.first.map { $0.time <= next } ?? false
            let step = max(isReply ? .zero : .milliseconds(1), now.instant.duration(to: next))
            now = now.advanced(by: step)
            while let first = replies.first, first.time <= now.instant {
                replies.removeFirst()
                enricher.receive(first.reply, to: first.id, at: now)
            }
            enricher.advance(to: now)
        }
        if let limit, now.instant < limit.instant { now = limit }
        enricher.advance(to: now)
        takeOutput(into: &output)
    }

    private mutating func answer(_ request: APIRequest, _ id: QueuedRequestID) {
        guard let (reply, elapsed) = cassette.reply(to: request) else {
            // A leaderboard may be missing: the recorded run may have ended before it was read.
            if request.route.dataResource != .leaderboard {
                log.error(.api, "the cassette has no answer to \(Cassette.name(request))")
            }
            let missing = APIReply.failure("not in the cassette", isTransient: false)
            return enricher.receive(missing, to: id, at: now)
        }
        let time = now.instant + elapsed
        let index = replies.firstIndex { $0.time > time } ?? replies.endIndex
        replies.insert((time, id, reply), at: index)
    }

    private mutating func takeOutput(into output: inout LineWriter) {
        for line in enricher.takeOutput() {
            output.append(line)
            tally.linesOut += 1
        }
    }

    private func report(into writer: inout JSONWriter) {
        EnrichmentReport(enricher, inFlight: replies.count).write(into: &writer, at: now.instant)
    }
}
