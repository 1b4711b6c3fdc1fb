import HTTP
import PMFlow
import PMJSON
import PMPipe
import PMRecord
import WebSockets

/// Listens to RTDS: connects, subscribes, keeps awake, connects again, and tells what it hears.
///
/// Everything happens on the thread that calls ``run()``; a second one writes to standard output.
package final class LiveFeed {
    package struct Options: Sendable {
        package var url: WebSocketURL
        /// Accepts any certificate; loopback only.
        package var isInsecure = false
        package var intervals = Intervals()

        package init(url: WebSocketURL) {
            self.url = url
        }
    }

    private let options: Options
    private let log: StageLog
    private let outflow = Outflow()
    private let stop = StopSignal()
    private let decoder = FrameDecoder(via: .live)
    private let loop: EventLoop

    private var recorder: Recorder?
    private var rejects: Rejects
    private var status: StatusFile
    private var teller = Teller()
    private var overflow = Overflow()
    private var tally = IngestTally()
    private var reconnection: Reconnection<SystemRandomNumberGenerator>
    private var connection: ClientConnection?
    private var pings: EventLoop.Timer?
    private var isStopping = false
    private var failure: StageError?

    package init(
        _ options: Options, recorder: consuming Recorder?, rejects: consuming Rejects,
        status: consuming StatusFile,
        log: StageLog
    ) throws(StageError) {
        self.options = options
        self.recorder = recorder
        self.rejects = rejects
        self.status = status
        self.log = log
        reconnection = Reconnection(options.intervals)
        var settings = EventLoop.Options()
        settings.maxSockets = 8
        do {
            loop = try EventLoop(settings)
        } catch {
            throw StageError(.inputOutput, "unable to start the event loop: \(error)")
        }
    }

    /// Listens until told to stop or until the reader leaves.
    package func run() throws(StageError) -> Tally {
        _ = Worker { [outflow] in outflow.drain(to: LineWriter()) }
        warnIfInsecure()
        connect()
        while !stop.isAsked, failure == nil, outflow.failure == nil {
            do {
                try loop.serve(upTo: min(.milliseconds(200), status.untilDue(at: .now)))
                try recorder?.flush()
                try rejects.flush()
            } catch let error as StageError {
                failure = error
            } catch {
                failure = StageError(.inputOutput, "\(error)")
            }
            refresh()
        }
        farewell()
        outflow.finish()
        try waitForReader()
        status.finish(tally.lines, at: .now) { tally.figures(into: &$0) }
        if let failure = failure ?? outflow.failure { throw failure }
        return tally.lines
    }

    /// Once a minute, so that nobody forgets.
    private func warnIfInsecure() {
        guard options.isInsecure else { return }
        log.warning(.websocket, "--insecure: no certificate is verified")
        loop.after(.seconds(60)) { [unowned self] in warnIfInsecure() }
    }

    // MARK: Connecting

    private func connect() {
        var request = ClientConnection.Options()
        request.allowInsecure = options.isInsecure
        do {
            connection = try loop.connect(to: options.url, request) { [unowned self] connection, event in
                handle(event, of: connection)
            }
        } catch {
            failure = StageError(.usage, "unable to connect to \(options.url.origin): \(error)")
        }
    }

    private func handle(_ event: ClientConnection.Event, of connection: ClientConnection) {
        switch event {
        case .opened:
            tally.connections += 1
            reconnection.opened()
            connection.send(utf8: Subscription.activity)
            keepAwake(connection)
            log.info("listening to \(options.url.origin)")
        case .message(let message):
            hear(Array(message.bytes))
        case .closed(let ending):
            let words =
                ending.reason.isEmpty ? "code \(ending.code)" : "code \(ending.code), \(ending.reason)"
            ended("the connection was closed: \(words)", retryAfter: nil)
        case .failed(let failure):
            ended("unable to connect: \(failure)", retryAfter: failure.retryAfter)
        }
    }

    private func ended(_ reason: String, retryAfter: String?) {
        if let pings { loop.cancel(pings) }
        (connection, pings) = (nil, nil)
        guard !isStopping else { return }
        let now = Int(Timestamp.now().milliseconds / 1000)
        let asked = RetryAfter.delay(header: retryAfter, now: now, cap: .seconds(900))
        let pause = reconnection.ended(retryAfter: asked)
        tally.reconnections += 1
        log.warning(
            .websocket, reason,
            ["url": "\(options.url.origin)", "next_attempt_in": "\(pause.inMilliseconds) ms"])
        loop.after(pause) { [unowned self] in connect() }
    }

    private func keepAwake(_ connection: ClientConnection) {
        pings = loop.after(options.intervals.ping) { [unowned self] in
            connection.send(utf8: Subscription.ping)
            keepAwake(connection)
        }
    }

    private func farewell() {
        guard let connection else { return }
        isStopping = true
        connection.close(.goingAway, "")
        _ = try? loop.run(upTo: .milliseconds(500)) { self.connection == nil }
    }

    /// Waits until all that was told is written; a reader who takes nothing is given up at a second signal.
    private func waitForReader() throws(StageError) {
        while !outflow.isDrained(within: .milliseconds(200)) {
            if stop.isInsisted { throw StopSignal.stoppedEarly }
        }
    }

    // MARK: Telling

    private func hear(_ frame: [UInt8]) {
        let receivedAt = Timestamp.now()
        recorder?.add(frame, feed: .activity, connection: tally.connections - 1, receivedAt: receivedAt)
        tally.frames += 1
        for message in decoder.decode(frame: frame, receivedAt: receivedAt) {
            tally.lines.linesIn += 1
            tally.lines.lastInputAt = receivedAt
            if case .trade = message { reconnection.heard(at: .now) }
            switch teller.tell(message) {
            case .line(let line, _): tell(line, at: receivedAt)
            case .dropped(let reason):
                tally.drop(reason)
                if reason == FrameDecoder.unknown { sayUnknown(frame) }
            case .malformed(let reason):
                tally.lines.rejected += 1
                rejects.add(frame.span, number: tally.frames, reason: reason)
                log.count(.input)
            }
        }
    }

    private func tell(_ line: [UInt8], at now: Timestamp) {
        if let gap = overflow.gap(feed: .activity), outflow.offer(gap.line(seq: teller.nextSeq())) {
            overflow.told()
            tally.lines.amended += 1
        }
        if outflow.offer(line) {
            tally.lines.linesOut += 1
        } else {
            overflow.lose(at: now)
            tally.drop("overflow")
            if overflow.lost == 1 {
                log.error(.input, "the reader is too slow: lines are lost, and told as a gap")
            }
        }
    }

    /// The first few, for what a server has to complain of comes in no known shape either.
    private func sayUnknown(_ frame: [UInt8]) {
        guard let count = tally.lines.dropped[FrameDecoder.unknown], count <= 3 else { return }
        log.warning(
            .input, "a message of no known shape",
            ["text": "\(String(decoding: frame.prefix(200), as: UTF8.self))"])
    }

    private func refresh() {
        let (tally, backlog, isConnected) = (tally, outflow.backlog, connection != nil)
        status.refresh(tally.lines, at: .now) { writer in
            tally.figures(into: &writer)
            writer.member("connected", isConnected)
            writer.member("backlog_bytes", backlog)
        }
    }
}
