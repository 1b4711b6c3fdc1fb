import Database
import Glibc
import HTTP
import PMJSON
import PMPipe
import PMRecord

/// How pm-alert is to work.
package struct AlertOptions: Sendable {
    /// How long a whale's alert waits for the final revision of its trade.
    package var wait = Duration.seconds(3)
    /// How long deliveries may go on after the end of input.
    package var drain = Duration.seconds(30)
    /// How long an `alert` record waits for its channels.
    package var report = Duration.seconds(30)
    /// Time between readings of the subscribers.
    package var refresh = Duration.seconds(300)
    package var database = DatabaseLocation.standard
    package var channels = ChannelSettings()

    package init() {}
}

/// pm-alert at work: lines in, alerts out, on the one thread that waits for input, answers and deadlines together.
package final class AlertStage {
    private let options: AlertOptions
    private let log: StageLog
    private let live: LiveFeed?
    private let dispatcher: Dispatcher
    private let subscribers: SubscriberList
    private var subscribersVersion = 0
    private var desk: Desk
    private var reports: Reports
    private var hangUps = HangUpSignal()
    private var output = LineWriter()
    private var readerHasLeft = false
    private var tally = Tally()
    private var alerts = 0
    private var dropped: [String: Int] = [:]

    /// Bytes of output that wait for the reader, beyond which no more input is read.
    private static let mostHeld = 1 << 20

    /// - Parameter live: What the page shows, if there is to be a page.
    package init(_ options: AlertOptions, live: LiveFeed?, log: StageLog) {
        self.options = options
        self.live = live
        self.log = log
        dispatcher = Dispatcher(options.channels, log: log)
        desk = Desk(patience: options.wait)
        reports = Reports(patience: options.report)
        let wakeUp = dispatcher.client.wakeUp
        subscribers = SubscriberList(options.database, every: options.refresh, log: log) { wakeUp() }
    }

    /// Runs until input ends and what it led to is delivered.
    package func run(
        from input: consuming LineReader, rejects: inout Rejects, status: inout StatusFile
    ) throws(StageError) -> Tally {
        let stop = StopSignal(readingFrom: input.descriptor)
        subscribers.waitForFirst(upTo: .seconds(5))
        var end: ContinuousClock.Instant?
        while true {
            takeUpChanges()
            try advance()
            status.refresh(tally, at: .now, figures: figures)
            if readerHasLeft, end == nil { end = .now + options.drain }
            if let end, dispatcher.pending == 0 || end <= .now { break }
            if stop.isAsked { break }

            let reads = end == nil && output.count < Self.mostHeld
            let ready = wait(upTo: status.untilDue(at: .now), end: end, for: reads ? input.descriptor : nil)
            guard reads, ready else { continue }
            let arrival = try input.wait(upTo: .zero)
            if arrival == .nothing { continue }
            tally.lastInputAt = .now()
            try input.forEachLine { (line, isTooLong) throws(StageError) in
                take(line, isTooLong: isTooLong, &rejects)
            }
            live?.heard(tally.linesIn, at: .now())
            try rejects.flush()
            guard arrival == .end else { continue }
            carryOut(desk.release(at: .now, clock: .now()))
            end = .now + options.drain
        }
        try finish(&status)
        if stop.isAsked, end == nil { throw StopSignal.stoppedEarly }
        return tally
    }

    // MARK: Input

    private func take(_ line: Span<UInt8>, isTooLong: Bool, _ rejects: inout Rejects) {
        tally.linesIn += 1
        guard !isTooLong else { return reject(line, "longer than 1 MiB", &rejects) }
        let record: Record
        do throws(JSONError) {
            record = try Record(line.withUnsafeBufferPointer { Array($0) })
        } catch {
            return reject(line, error.description, &rejects)
        }
        switch record.kind {
        case .trade:
            live?.publish(record)
            guard let trade = AlertTrade(record) else { return reject(line, "a trade without id", &rejects) }
            count(trade.isFinal ? "trade" : "trade_pending")
            carryOut(desk.consider(trade, at: .now, clock: .now()))
        case .gap, .retract:
            live?.publish(record)
            count(record.kind!.rawValue)
        case .mark:
            if let mark = Mark(record) { tally.lastMark = mark.seq }
            count("mark")
        case .leaderboard, .portfolio, .alert, .frame, .reject, nil:
            count("other")
        }
    }

    private func reject(_ line: Span<UInt8>, _ reason: String, _ rejects: inout Rejects) {
        tally.rejected += 1
        rejects.add(line, number: tally.linesIn, reason: reason)
    }

    /// Every line ends here: what goes out is made anew, and told by its kind.
    private func count(_ kind: String) {
        tally.dropped[kind, default: 0] += 1
    }

    private func takeUpChanges() {
        if hangUps.isNew {
            subscribers.refresh()
            dispatcher.forgetSecrets()
        }
        if let recipients = subscribers.changes(since: &subscribersVersion) {
            desk.recipients = recipients
            let count = recipients.count
            log.info(
                count == 0 ? "no subscribers: alerts go to standard output alone" : "\(count) subscribers")
        }
    }

    // MARK: Alerts

    private func advance() throws(StageError) {
        let now = ContinuousClock.now
        carryOut(desk.expire(at: now, clock: .now()))
        for (settlement, address) in dispatcher.work(at: now, clock: .now()) { report(settlement, address) }
        for record in reports.expire(at: now) { write(record) }
        guard !readerHasLeft else { return }
        do throws(StageError) {
            try output.flushWithoutWaiting()
        } catch {
            guard error == .downstreamClosed else { throw error }
            // What was decided is still delivered; there is nobody to read on for.
            readerHasLeft = true
        }
    }

    private func carryOut(_ assignments: [Desk.Assignment]) {
        let now = ContinuousClock.now
        for assignment in assignments {
            let alert = assignment.alert
            alerts += 1
            live?.publish(alert)
            if let record = reports.begin(alert, on: assignment.channels, at: now) { write(record) }
            for address in assignment.channels {
                for (settlement, address) in dispatcher.add(alert, to: address, at: now) {
                    report(settlement, address)
                }
            }
        }
    }

    private func report(_ settlement: Delivery.Settlement, _ address: ChannelAddress) {
        if let record = reports.settle(settlement, on: address) { write(record) }
    }

    private func write(_ record: [UInt8]) {
        guard !readerHasLeft else { return }
        tally.amended += 1
        tally.linesOut += 1
        output.append(record)
    }

    // MARK: Waiting and ending

    /// - Returns: Whether there is something to read.
    private func wait(upTo limit: Duration, end: ContinuousClock.Instant?, for input: CInt?) -> Bool {
        let now = ContinuousClock.now
        let deadlines = [desk.deadline, dispatcher.deadline, reports.deadline, end].compactMap(\.self)
        let patience = min(limit, deadlines.min().map { max(.zero, now.duration(to: $0)) } ?? limit)
        var interests: [DescriptorInterest] = []
        if let input { interests.append(DescriptorInterest(input, .readable)) }
        if output.count > 0, !readerHasLeft {
            interests.append(DescriptorInterest(output.descriptor, .writable))
        }
        let ready = dispatcher.client.wait(upTo: patience, for: interests)
        return input != nil && ready[0].contains(.readable)
    }

    private func finish(_ status: inout StatusFile) throws(StageError) {
        let left = dispatcher.abandon()
        for (settlement, address) in left { report(settlement, address) }
        for record in reports.close() { write(record) }
        if !left.isEmpty { log.warning(.delivery, "\(left.count) deliveries were not finished") }
        if !readerHasLeft { try output.flush() }
        status.finish(tally, at: .now, figures: figures)
    }

    private func figures(_ status: inout JSONWriter) {
        let sent = dispatcher.figures
        status.member("alerts", alerts)
        status.member("deliveries", sent.delivered)
        status.member("deliveries_dead", sent.dead)
        status.member("deliveries_retried", sent.retried)
        status.member("queue_depth", dispatcher.pending)
        status.member("viewers", live?.viewers)
    }
}
