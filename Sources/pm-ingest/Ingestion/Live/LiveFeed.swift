import PMJSON
import PMPipe
import PMRecord
import WebSockets

/// A live run: connects to a feed, and emits each trade once and each gap in what it received.
///
/// It only wires its parts: the connections decode frames, the emitter emits them, the event log numbers and journals the
/// lines, and the back-fill runner fills gaps. Three threads: this one has the sockets and the journal, one writes to
/// standard output, and one requests the APIs.
package final class LiveFeed {
    private static let warningPeriod = Duration.seconds(60)
    /// How long ago the last run is taken to have ended where nothing says when.
    private static let unknownPast = Duration.seconds(86_400)

    private let options: Options
    private let log: StageLog
    private let stop = StopSignal()
    private let loop: EventLoop
    private let eventLog: EventLog
    private let connections: ConnectionPool
    /// The subscriptions of the market channel; `nil` for RTDS.
    private let markets: MarketSubscriptions?
    private let backfills: BackfillRunner?
    /// `nil` without an API.
    private let polling: FeedPolling?
    private let emitter: FrameEmitter
    private let maintenance: JournalMaintenance?
    private var status: StatusFile
    /// When the last run ended, or this one began.
    private let began: Timestamp
    /// True if there was a last run.
    private let hasPast: Bool
    private var failure: StageError?

    package init(
        _ options: Options, recorder: consuming FrameRecorder?, rejects: consuming Rejects,
        status: consuming StatusFile, log: StageLog
    ) throws(StageError) {
        self.options = options
        self.status = status
        self.log = log
        let settings = options.settings
        let journal = try options.journal.map { options throws(StageError) in try Journal(options) }
        // A number that a consumer has seen is not used again, even if the journal does not have its line.
        let known = [options.after, ConsumerCursors.highest(in: options.statusDirectory)].compactMap { $0 }
            .max()
        let lastTime = journal.flatMap { Self.end(of: $0, known: known ?? 0, options, log: log) }
        eventLog = EventLog(feed: options.feed, journal: journal, after: known, log: log)
        (began, hasPast) = (lastTime ?? .now(), lastTime != nil)
        loop = try Self.makeLoop(sockets: options.mostSockets)
        connections = ConnectionPool(
            settings, slotsPerShard: options.connections, loop: loop, log: log, began: began)
        markets =
            options.feed == .activity
            ? nil
            : MarketSubscriptions(
                connections, base: options.gammaURL, most: options.markets, loop: loop, log: log)
        let output = BackfillOutput(eventLog, markets: markets, log: log)
        backfills = options.dataURL.map { [loop] base in
            BackfillRunner(
                settings, base: base, budget: options.apiBudget, order: options.versions, loop: loop,
                log: log, output: output)
        }
        polling = FeedPolling(
            options, began: began, eventLog, backfills, loop: loop, log: log, output: output)
        emitter = FrameEmitter(
            eventLog, markets: markets, backfills: backfills,
            sideOutputs: SideOutputs(recorder, rejects, log: log), log: log)
        output.onReject = { [emitter] row in emitter.reject(row) }
        output.onDrift = { [emitter] drift, route in emitter.note(drift, from: route) }
        maintenance = options.journal.flatMap { [loop, eventLog] settings in
            eventLog.journal.map { journal in
                JournalMaintenance(
                    of: journal, in: settings.directory, eventLog, statusDirectory: options.statusDirectory,
                    loop: loop, log: log)
            }
        }
    }

    /// Returns when the last run ended, by what the journal and its consumers know; `nil` when there was none.
    ///
    /// - Parameter known: The highest number that a consumer has.
    private static func end(
        of journal: Journal, known: UInt64, _ options: Options, log: StageLog
    ) -> Timestamp? {
        let last = journal.recovery.lastSeq
        if known > last {
            log.error(
                .input, "the journal has lost lines that a consumer has: the time since then is a gap",
                ["journal": "\(last)", "consumer": "\(known)"])
        }
        if let time = journal.recovery.lastTime { return time }
        guard known > last || options.since != nil else { return nil }
        return options.since ?? ConsumerCursors.lastInput(in: options.statusDirectory)
            ?? .now().advanced(by: .zero - Self.unknownPast)
    }

    private static func makeLoop(sockets: Int) throws(StageError) -> EventLoop {
        var options = EventLoop.Options()
        options.maxSockets = sockets
        do {
            return try EventLoop(options)
        } catch {
            throw StageError(.inputOutput, "unable to start the event loop: \(error)")
        }
    }

    /// Runs until a signal asks to stop, or the reader of standard output leaves.
    package func run() throws(StageError) -> Tally {
        startOutput()
        startBackfills()
        startConnections()
        while !stop.isRequested, failure == nil, eventLog.output.failure == nil {
            do {
                try loop.serve(upTo: patience(at: .now))
                // Before the commit, during which no frame is read: the disk may take its time, and that is not silence.
                connections.check(at: .now)
                polling?.check(isReceiving: connections.isReceiving(at: .now), at: .now)
                eventLog.commit(at: .now)
                maintenance?.noteLosses()
                emitter.flush(at: .now)
            } catch {
                failure = StageError(.inputOutput, "\(error)")
            }
            refreshStatus()
        }
        end()
        try waitForReader()
        status.finish(eventLog.tally.lines, at: .now) { figures(into: &$0) }
        if let failure = failure ?? eventLog.output.failure { throw failure }
        return eventLog.tally.lines
    }

    private func patience(at now: ContinuousClock.Instant) -> Duration {
        let deadline = connections.deadline ?? now + .seconds(1)
        return max(
            .milliseconds(1), min(.milliseconds(200), status.untilDue(at: now), now.duration(to: deadline)))
    }

    // MARK: Starting

    private func startOutput() {
        var source: OutputWriter.Source?
        if let journal = eventLog.journal, let settings = options.journal {
            let start =
                journal.hasLostItsStream
                ? ConsumerCursors.lowest(in: options.statusDirectory) ?? 0 : journal.recovery.lastSeq
            let after = options.after ?? start
            source = OutputWriter.Source(
                directory: settings.directory, stream: journal.stream, after: after,
                markPeriod: options.intervals.mark)
            maintenance?.start(after: after)
        }
        let outflow = eventLog.output
        _ = Worker { [source] in OutputWriter(of: outflow, from: source).run() }
    }

    /// Starts the back-fills that the last run left unfinished, and one for the time since that run.
    private func startBackfills() {
        let history = eventLog.journal?.recovery
        backfills?.startAudits(after: history?.lastTime, history)
        loop.onWake = { [unowned self] in
            backfills?.takeResponses()
            polling?.takeResponses()
            markets?.takeResponses()
        }
        eventLog.onEndedGap = { [unowned self] gap in backfill(gap) }
        for gap in eventLog.gaps.waiting { backfill(gap) }
        if hasPast {
            eventLog.beginGap(.stopped, from: began, cause: "pm-ingest did not run")
        }
    }

    private func backfill(_ gap: Gap) {
        if let backfills {
            backfills.add(gap)
        } else {
            eventLog.settleGap(gap.id, as: .unrecoverable, recovered: 0)
        }
    }

    private func startConnections() {
        connections.onEvent = { [unowned self] event in handle(event) }
        polling?.start()
        guard !options.isPolled else { return }
        warnIfInsecure()
        if let markets {
            markets.start()
        } else {
            connections.open(shard: 0) { Subscription.activity }
        }
    }

    /// Logs a warning once a minute, so that the option is not left on by mistake.
    private func warnIfInsecure() {
        guard options.isInsecure else { return }
        log.warning(.websocket, "--insecure: no certificate is verified")
        loop.after(Self.warningPeriod) { [unowned self] in warnIfInsecure() }
    }

    // MARK: Running

    private func handle(_ event: ConnectionPool.Event) {
        switch event {
        case .opened:
            eventLog.count { $0.connections += 1 }
        case .received(let frame):
            polling?.note(frame)
            emitter.emit(frame)
        case .dataArrived(let shard):
            eventLog.endGap(.unheard(shard: shard))
            if connections.hasDataOnEveryShard { eventLog.endGap(.stopped) }
        case .lost(let shard, let since, let reason):
            guard !eventLog.gaps.isGoingOn(.stopped) else { return }
            eventLog.beginGap(.unheard(shard: shard), from: since, cause: reason)
        case .refused:
            eventLog.count { $0.refusals += 1 }
        case .retrying:
            eventLog.count { $0.reconnections += 1 }
        }
    }

    // MARK: Status

    private func refreshStatus() {
        let progress = eventLog.output.progress
        eventLog.count { $0.lines.lastMark = progress.mark }
        status.refresh(eventLog.tally.lines, at: .now) { figures(into: &$0) }
    }

    private func figures(into writer: inout JSONWriter) {
        let progress = eventLog.output.progress
        eventLog.tally.figures(into: &writer)
        writer.member("connected", polling?.isReceiving == true || connections.isOpen)
        writer.member("hearing", polling?.isReceiving == true || connections.isReceiving(at: .now))
        writer.member("rotations", connections.rotations)
        writer.member("backlog_bytes", eventLog.output.backlog)
        writer.member("keeping_degraded", emitter.isDegraded)
        writer.member("unkept", emitter.unkept)
        writer.member("gaps_open", eventLog.gaps.open.count)
        writer.member("gaps_closed", eventLog.gaps.closed)
        writer.member("gaps_unrecoverable", eventLog.gaps.unrecoverable)
        if let journal = eventLog.journal {
            writer.member("seq", eventLog.seq)
            writer.member("lag_seq", eventLog.seq - min(eventLog.seq, progress.seq))
            writer.member("journal_degraded", journal.isDegraded)
            writer.member("fsync_errors", journal.syncErrors)
            writer.member("journal_unreadable", progress.unreadable)
        }
        emitter.figures(into: &writer)
        markets?.figures(into: &writer)
        backfills?.figures(into: &writer)
        polling?.figures(into: &writer)
    }

    // MARK: Ending

    private func end() {
        connections.stop()
        backfills?.stop()
        polling?.end()
        markets?.stop()
        _ = try? loop.run(upTo: .milliseconds(500)) { connections.isStopped }
        eventLog.commit(at: .now)
        eventLog.output.finish()
    }

    /// Waits until all lines are written; a second signal gives up a reader that takes nothing.
    private func waitForReader() throws(StageError) {
        while !eventLog.output.waitUntilDrained(within: .milliseconds(200)) {
            if stop.isForced { throw StopSignal.stoppedEarly }
        }
    }
}
