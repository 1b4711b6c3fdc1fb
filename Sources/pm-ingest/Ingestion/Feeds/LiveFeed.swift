import PMFlow
import PMJSON
import PMPipe
import PMRecord
import WebSockets

/// Listens to a feed, and tells what it hears: each trade once, and each stretch in which it heard nothing.
///
/// Three threads: this one has the sockets and the journal, one writes to standard output, one asks the APIs.
package final class LiveFeed {
    package struct Options: Sendable {
        package let feed: Feed
        package var url: WebSocketURL
        /// Accepts any certificate; loopback only.
        package var isInsecure = false
        package var intervals = Intervals()
        /// Connections that hear the same; the first to hear a trade tells it.
        package var connections = 1
        package var journal: Journal.Options?
        /// The last number that every consumer has; what comes after it is told again from the journal.
        package var after: UInt64?
        /// Where the Data API is, to repair gaps from; `nil` to leave them.
        package var dataURL: String?
        /// Where Gamma is, which says what markets there are; for the market channel.
        package var gammaURL = "https://gamma-api.polymarket.com"
        /// Markets followed on the market channel, the largest of the day.
        package var markets = 500
        /// Where the consumers' status files are, whose cursors say what the journal may let go.
        package var statusDirectory: String?

        package init(_ feed: Feed = .activity, url: WebSocketURL) {
            self.feed = feed
            self.url = url
        }
    }

    private let options: Options
    private let log: StageLog
    private let stop = StopSignal()
    private let decoder = FrameDecoder(via: .live)
    private let loop: EventLoop
    private let stream: LineStream
    private let vitalType: String
    private var desk: RepairDesk?
    /// For the market channel.
    private var markets: MarketDesk?
    private var slots: [Slot] = []
    private var recorder: Recorder?
    private var rejects: Rejects
    private var status: StatusFile
    private var lastNumber = -1
    /// When data of the vital type last came, on any connection.
    private var lastHeard: Timestamp
    private var failure: StageError?

    package init(
        _ options: Options, recorder: consuming Recorder?, rejects: consuming Rejects,
        status: consuming StatusFile, log: StageLog
    ) throws(StageError) {
        self.options = options
        self.recorder = recorder
        self.rejects = rejects
        self.status = status
        self.log = log
        let journal = try options.journal.map { options throws(StageError) in try Journal(options) }
        vitalType = Subscription.vitalType(of: options.feed)
        stream = LineStream(feed: options.feed, journal: journal, after: options.after, log: log)
        lastHeard = journal?.history.lastTime ?? .now()
        var settings = EventLoop.Options()
        // Two connections for each socket's place while one succeeds the other; two assets a market.
        let shards = options.feed == .market ? options.markets / 200 + 4 : 1
        settings.maxSockets = 2 * options.connections * shards + 4
        do {
            loop = try EventLoop(settings)
        } catch {
            throw StageError(.inputOutput, "unable to start the event loop: \(error)")
        }
    }

    /// Listens until told to stop or until the reader leaves.
    package func run() throws(StageError) -> Tally {
        startTelling()
        startRepairing()
        warnIfInsecure()
        switch options.feed {
        case .activity: for _ in 0..<options.connections { listen { [Subscription.activity] } }
        case .market: startFollowing()
        }
        while !stop.isAsked, failure == nil, stream.outflow.failure == nil {
            do {
                try loop.serve(upTo: patience(at: .now))
                stream.commit(at: .now)
                try recorder?.flush()
                try rejects.flush()
            } catch let error as StageError {
                failure = error
            } catch {
                failure = StageError(.inputOutput, "\(error)")
            }
            watch(at: .now)
            refresh()
        }
        farewell()
        try waitForReader()
        status.finish(stream.tally.lines, at: .now) { figures(into: &$0) }
        if let failure = failure ?? stream.outflow.failure { throw failure }
        return stream.tally.lines
    }

    // MARK: Beginning

    private func startTelling() {
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
    private func tellAgain(after: UInt64, _ history: History, in directory: String) {
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

    private func startRepairing() {
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
                })
            desk = RepairDesk(
                loop: loop, base: base, feed: options.feed, intervals: options.intervals, log: log,
                client: client)
            // What the last run may not have got round to.
            desk?.auditedTo = stream.journal?.history.lastTime?.advanced(
                by: .zero - options.intervals.audit * 2)
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

    /// Follows the largest markets, on as many sockets as that takes.
    private func startFollowing() {
        markets = MarketDesk(loop: loop, base: options.gammaURL, most: options.markets, log: log) {
            [unowned self] changes in
            for change in changes { follow(change) }
        }
        markets?.refresh()
    }

    private func follow(_ change: Shards.Change) {
        let places = change.shard * options.connections..<(change.shard + 1) * options.connections
        guard places.upperBound <= slots.count else {
            for _ in places {
                listen { [unowned self] in [Subscription.market(markets?.shards.shards[change.shard] ?? [])] }
            }
            return
        }
        for slot in slots[places] {
            if !change.added.isEmpty { slot.say(Subscription.market("subscribe", change.added)) }
            if !change.removed.isEmpty { slot.say(Subscription.market("unsubscribe", change.removed)) }
        }
    }

    /// Takes one more place at the feed.
    private func listen(_ greeting: @escaping () -> [[UInt8]]) {
        let slot = Slot(loop: loop, feed: slotFeed(greeting))
        slots.append(slot)
        slot.start()
    }

    private func slotFeed(_ greeting: @escaping () -> [[UInt8]]) -> Slot.Feed {
        Slot.Feed(
            url: options.url, isInsecure: options.isInsecure, intervals: options.intervals,
            vitalType: vitalType, log: log,
            nextNumber: { [unowned self] in
                lastNumber += 1
                return lastNumber
            },
            greeting: greeting,
            onOpen: { [unowned self] in
                stream.count { $0.connections += 1 }
                log.info("listening to \(options.url.origin)")
            },
            onFrame: { [unowned self] slot, link, frame in hear(frame, on: link, of: slot) },
            onLoss: { [unowned self] reason in noteLoss(reason) },
            onRetry: { [unowned self] in stream.count { $0.reconnections += 1 } })
    }

    /// Once a minute, so that nobody forgets.
    private func warnIfInsecure() {
        guard options.isInsecure else { return }
        log.warning(.websocket, "--insecure: no certificate is verified")
        loop.after(.seconds(60)) { [unowned self] in warnIfInsecure() }
    }

    // MARK: Hearing

    private func hear(_ frame: [UInt8], on link: Link, of slot: Slot) {
        let receivedAt = Timestamp.now()
        recorder?.add(frame, feed: options.feed, connection: link.number, receivedAt: receivedAt)
        stream.count {
            $0.frames += 1
            $0.lines.lastInputAt = receivedAt
        }
        for message in decoder.decode(frame: frame, receivedAt: receivedAt) {
            note(message, at: receivedAt, on: link, of: slot)
            switch stream.tell(described(message)) {
            case .told(let id?), .duplicate(let id): slot.recognised(id, on: link)
            case .told(nil), .suspected: break
            case .dropped(let type):
                if type == FrameDecoder.unknown { sayUnknown(frame) }
            case .rejected(let reason):
                rejects.add(frame.span, number: stream.tally.frames, reason: reason)
                log.count(.input)
            }
        }
    }

    /// Notes that data came, and of which type; on the market channel, whatever has a shape is a sign of life.
    private func note(_ message: FeedMessage, at now: Timestamp, on link: Link, of slot: Slot) {
        switch message {
        case .trade(let trade, .feed(let type)) where options.feed == .activity:
            if type == vitalType, desk?.auditedTo == nil { desk?.auditedTo = trade.time }
            noteData(type, at: now, on: link, of: slot)
        case .news(let news, _):
            markets?.hear(news)
            noteData(vitalType, at: now, on: link, of: slot)
        case .trade, .other:
            guard options.feed == .market else { return }
            if desk?.auditedTo == nil { desk?.auditedTo = now }
            noteData(vitalType, at: now, on: link, of: slot)
        case .record, .malformed: return
        }
    }

    /// The market channel's trades say nothing of their market.
    private func described(_ message: FeedMessage) -> FeedMessage {
        guard let markets, case .trade(var trade, let source) = message else { return message }
        markets.describe(&trade)
        return .trade(trade, source: source)
    }

    private func noteData(_ type: String, at now: Timestamp, on link: Link, of slot: Slot) {
        slot.heard(type, on: link, at: .now)
        guard type == vitalType else { return }
        stream.endGap(.unheard)
        lastHeard = now
    }

    /// A connection is lost or silent; whether that is a gap depends on the others.
    private func noteLoss(_ reason: String) {
        guard !slots.contains(where: { $0.isHearing(at: .now) }) else { return }
        stream.beginGap(.unheard, from: lastHeard, cause: reason)
    }

    /// The first few, for what a server has to complain of comes in no known shape either.
    private func sayUnknown(_ frame: [UInt8]) {
        guard let count = stream.tally.lines.dropped[FrameDecoder.unknown], count <= 3 else { return }
        log.warning(
            .input, "a message of no known shape",
            ["text": "\(String(decoding: frame.prefix(200), as: UTF8.self))"])
    }

    // MARK: Watching

    private func patience(at now: ContinuousClock.Instant) -> Duration {
        let deadline = slots.lazy.map(\.deadline).min() ?? now + .seconds(1)
        return max(
            .milliseconds(1), min(.milliseconds(200), status.untilDue(at: now), now.duration(to: deadline)))
    }

    private func watch(at now: ContinuousClock.Instant) {
        for slot in slots { slot.check(at: now) }
    }

    /// The API tells of all markets, the market channel of those that were asked for.
    private func isFollowed(_ message: FeedMessage) -> Bool {
        guard let markets, case .trade(let trade, _) = message else { return true }
        return trade.assetID.map { markets.shards.contains($0) } ?? false
    }

    /// Compares what was told until a while ago with what the API has of it, again and again.
    private func planAudit() {
        loop.after(options.intervals.audit) { [unowned self] in
            desk?.audit(to: .now().advanced(by: .zero - options.intervals.audit), feed: options.feed)
            planAudit()
        }
    }

    private func planTrimming() {
        trim()
        loop.after(.seconds(60)) { [unowned self] in planTrimming() }
    }

    private func trim() {
        guard let journal = stream.journal else { return }
        let lost = journal.trim(
            told: stream.outflow.progress.seq, cursor: Cursors.least(in: options.statusDirectory),
            at: Int(Timestamp.now().milliseconds / 1000))
        for segment in lost {
            log.error(
                .input, "the journal is full: a segment that somebody may want was deleted",
                ["segment": "\(segment.name)"])
        }
    }

    // MARK: Ending

    private func farewell() {
        for slot in slots { slot.stop() }
        desk?.stop()
        markets?.stop()
        _ = try? loop.run(upTo: .milliseconds(500)) { slots.allSatisfy(\.isStopped) }
        stream.commit(at: .now)
        stream.outflow.finish()
    }

    /// Waits until all that was told is written; a reader who takes nothing is given up at a second signal.
    private func waitForReader() throws(StageError) {
        while !stream.outflow.isDrained(within: .milliseconds(200)) {
            if stop.isInsisted { throw StopSignal.stoppedEarly }
        }
    }

    private func refresh() {
        let progress = stream.outflow.progress
        stream.count { $0.lines.lastMark = progress.mark }
        status.refresh(stream.tally.lines, at: .now) { figures(into: &$0) }
    }

    private func figures(into writer: inout JSONWriter) {
        let progress = stream.outflow.progress
        stream.tally.figures(into: &writer)
        writer.member("connected", slots.contains { $0.isOpen })
        writer.member("hearing", slots.contains { $0.isHearing(at: .now) })
        writer.member("rotations", slots.reduce(0) { $0 + $1.rotations })
        writer.member("backlog_bytes", stream.outflow.backlog)
        writer.member("gaps_open", stream.ledger.open.count)
        writer.member("gaps_closed", stream.ledger.closed)
        writer.member("gaps_unrecoverable", stream.ledger.unrecoverable)
        if let journal = stream.journal {
            writer.member("seq", stream.seq)
            writer.member("lag_seq", stream.seq - min(stream.seq, progress.seq))
            writer.member("journal_degraded", journal.isDegraded)
            writer.member("fsync_errors", journal.syncErrors)
            writer.member("journal_unreadable", progress.unreadable)
        }
        if let markets {
            writer.member("assets_followed", markets.shards.count)
            writer.member("last_metadata_refresh", markets.lastRefresh?.description)
        }
        if let desk {
            writer.member("api_requests", desk.requests)
            desk.figures.figures(into: &writer)
        }
    }
}
