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
        /// Requests to it in ten seconds. The default is a quarter of what it grants: the rest is for enrichment.
        ///
        /// Source: POLYMARKET.md, A.5.
        package var apiBudget = 50
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

    let options: Options
    let log: StageLog
    let stop = StopSignal()
    let decoder = FrameDecoder(via: .live)
    let loop: EventLoop
    let stream: EventLog
    let vitalType: String
    var desk: BackfillRunner?
    var horizon = Horizon(capacity: TradeSequencer.memory)
    /// For the market channel.
    var markets: FollowedMarkets?
    var slots: [ConnectionSlot] = []
    var keepsakes: SideOutputs
    var status: StatusFile
    var lastNumber = -1
    /// When the last run ended, or this one began.
    let began: Timestamp
    /// When data of the vital type last came, on any connection of that shard.
    var lastHeard: [Int: Timestamp] = [:]
    /// Segments with lines that could not be read back, as was told.
    var damaged: Set<Segment> = []
    var failure: StageError?

    package init(
        _ options: Options, recorder: consuming FrameRecorder?, rejects: consuming Rejects,
        status: consuming StatusFile, log: StageLog
    ) throws(StageError) {
        self.options = options
        keepsakes = SideOutputs(recorder, rejects, log: log)
        self.status = status
        self.log = log
        let journal = try options.journal.map { options throws(StageError) in try Journal(options) }
        vitalType = Subscription.vitalType(of: options.feed)
        // A number that any consumer knows of is not given again, though its line be in no journal.
        let known = [options.after, ConsumerCursors.highest(in: options.statusDirectory)].compactMap { $0 }
            .max()
        stream = EventLog(feed: options.feed, journal: journal, after: known, log: log)
        began = journal?.recovery.lastTime ?? .now()
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
        case .activity: for _ in 0..<options.connections { listen(shard: 0) { [Subscription.activity] } }
        case .market: startFollowing()
        }
        while !stop.isAsked, failure == nil, stream.output.failure == nil {
            do {
                try loop.serve(upTo: patience(at: .now))
                // Before the journal's disk has taken its time: nobody is silent whom we did not listen to.
                watch(at: .now)
                stream.commit(at: .now)
                keepsakes.flush(at: .now)
            } catch {
                failure = StageError(.inputOutput, "\(error)")
            }
            refresh()
        }
        farewell()
        try waitForReader()
        status.finish(stream.tally.lines, at: .now) { figures(into: &$0) }
        if let failure = failure ?? stream.output.failure { throw failure }
        return stream.tally.lines
    }

    // MARK: Watching

    private func patience(at now: ContinuousClock.Instant) -> Duration {
        let deadline = slots.lazy.map(\.deadline).min() ?? now + .seconds(1)
        return max(
            .milliseconds(1), min(.milliseconds(200), status.untilDue(at: now), now.duration(to: deadline)))
    }

    private func watch(at now: ContinuousClock.Instant) {
        for slot in slots { slot.check(at: now) }
        tellDamage()
    }

    /// The API tells of all markets, the market channel of those that were asked for.
    func isFollowed(_ message: FeedMessage) -> Bool {
        guard let markets, case .trade(let trade, _) = message else { return true }
        return trade.assetID.map { markets.isFollowed($0) } ?? false
    }

    /// Compares what was told until a while ago with what the API has of it, again and again.
    func planAudit() {
        loop.after(options.intervals.audit) { [unowned self] in
            let now = Timestamp.now()
            horizon.note(told: stream.emittedCount, at: now)
            desk?.audit(
                to: now.advanced(by: .zero - options.intervals.audit), remembered: horizon.time,
                feed: options.feed)
            planAudit()
        }
    }

    // MARK: Ending

    private func farewell() {
        for slot in slots { slot.stop() }
        desk?.stop()
        markets?.stop()
        _ = try? loop.run(upTo: .milliseconds(500)) { slots.allSatisfy(\.isStopped) }
        stream.commit(at: .now)
        stream.output.finish()
    }

    /// Waits until all that was told is written; a reader who takes nothing is given up at a second signal.
    private func waitForReader() throws(StageError) {
        while !stream.output.waitUntilDrained(within: .milliseconds(200)) {
            if stop.isInsisted { throw StopSignal.stoppedEarly }
        }
    }
}
