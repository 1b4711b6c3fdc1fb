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
    /// For how long a subscriber is not told again of the same wallet in the same market.
    package var cooldown = Duration.zero
    /// How long deliveries may go on after the end of input.
    package var drain = Duration.seconds(30)
    /// How long an `alert` record waits for its channels.
    package var report = Duration.seconds(30)
    /// Time between readings of the subscribers.
    package var refresh = Duration.seconds(300)
    package var database = DatabaseLocation.standard
    /// Where the ledger is kept; without it, a process that is killed takes what it had not delivered with it.
    package var ledger: String?
    package var deadLetters: String?
    /// What becomes of an alert that may have arrived before the process before us died.
    package var inDoubt = InDoubt.resend
    /// Alerts of trades heard longer ago are folded into one message; those of recordings are not.
    package var maxAge = Duration.seconds(900)
    /// Whether the input is dead letters.
    package var isRedelivering = false
    package var channels = ChannelSettings()

    package init() {}
}

package enum InDoubt: String, Sendable, CaseIterable {
    case resend, skip
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
    /// Marks whose trades are not all decided on yet.
    private var marks: [Mark] = []

    /// Bytes of output that wait for the reader, beyond which no more input is read.
    private static let mostHeld = 1 << 20

    /// - Parameter live: What the page shows, if there is to be a page.
    package init(_ options: AlertOptions, live: LiveFeed?, log: StageLog) throws(StageError) {
        self.options = options
        self.live = live
        self.log = log
        var legacy: [LedgerState.Kept] = []
        if let path = options.ledger {
            let ledger = try Ledger(path: path)
            legacy = ledger.legacy.alerts
            dispatcher = Dispatcher(
                options.channels, ledger: ledger, deadLetters: try DeadLetters(path: options.deadLetters),
                log: log)
        } else {
            dispatcher = Dispatcher(
                options.channels, ledger: nil, deadLetters: try DeadLetters(path: options.deadLetters),
                log: log)
        }
        desk = Desk(patience: options.wait, cooldown: options.cooldown)
        reports = Reports(patience: options.report)
        let wakeUp = dispatcher.client.wakeUp
        subscribers = SubscriberList(options.database, every: options.refresh, log: log) { wakeUp() }
        try resume(legacy)
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
                try take(line, isTooLong: isTooLong, &rejects)
            }
            live?.heard(tally.linesIn, at: .now())
            try rejects.flush()
            guard arrival == .end else { continue }
            try carryOut(desk.release(at: .now, clock: .now()))
            end = .now + options.drain
        }
        try finish(&status)
        if stop.isAsked, end == nil { throw StopSignal.stoppedEarly }
        return tally
    }

    /// Goes on with what the process before us had not delivered.
    private func resume(_ legacy: [LedgerState.Kept]) throws(StageError) {
        let (now, clock) = (ContinuousClock.now, Timestamp.now())
        var open = 0
        for kept in legacy {
            desk.remember(kept.alert, at: now, clock: clock)
            guard !kept.open.isEmpty else { continue }
            open += kept.open.count
            if let record = reports.begin(kept.alert, on: Array(kept.open.keys), at: now) { write(record) }
            for (address, doubt) in kept.open {
                let isInDoubt = doubt == .inDoubt
                let settled =
                    isInDoubt && options.inDoubt == .skip
                    ? try dispatcher.skip(kept.alert, on: address, clock: clock)
                    : try dispatcher.add(
                        kept.alert, to: address, isLate: kept.alert.isLate(by: options.maxAge, at: clock),
                        isRedelivery: isInDoubt, at: now, clock: clock)
                report(settled)
            }
        }
        if open > 0 { log.notice("going on with \(open) deliveries that were not settled") }
    }

    // MARK: Input

    private func take(_ line: Span<UInt8>, isTooLong: Bool, _ rejects: inout Rejects) throws(StageError) {
        tally.linesIn += 1
        guard !isTooLong else { return reject(line, "longer than 1 MiB", &rejects) }
        let record: Record
        do throws(JSONError) {
            record = try Record(line.withUnsafeBufferPointer { Array($0) })
        } catch {
            return reject(line, error.description, &rejects)
        }
        guard !options.isRedelivering else {
            guard let letter = DeadLetter(record) else { return reject(line, "no dead letter", &rejects) }
            count(DeadLetter.kind)
            return try deliver(Desk.Assignment(alert: letter.alert, channels: [letter.address]))
        }
        switch record.kind {
        case .trade:
            live?.publish(record)
            guard let trade = AlertTrade(record) else { return reject(line, "a trade without id", &rejects) }
            count(trade.isFinal ? "trade" : "trade_pending")
            try carryOut(desk.consider(trade, at: .now, clock: .now()))
        case .gap, .retract:
            live?.publish(record)
            count(record.kind!.rawValue)
        case .mark:
            count("mark")
            guard let mark = Mark(record) else {
                return reject(line, "a mark without stream, seq or time", &rejects)
            }
            marks.removeAll { $0.stream == mark.stream && !desk.isHolding(upTo: $0.seq) }
            marks.append(mark)
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
        let (now, clock) = (ContinuousClock.now, Timestamp.now())
        try carryOut(desk.expire(at: now, clock: clock))
        passMarks(clock)
        report(try dispatcher.work(at: now, clock: clock))
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

    /// Counts as done what all alerts before have been decided on for; the ledger is synced before anyone reads it.
    private func passMarks(_ clock: Timestamp) {
        // Nobody has been asked yet who is to be told: nothing can be said to be done.
        guard subscribersVersion > 0 else { return }
        while let mark = marks.first, !desk.isHolding(upTo: mark.seq) {
            marks.removeFirst()
            dispatcher.note(mark, clock: clock)
            tally.lastMark = mark.seq
        }
    }

    private func carryOut(_ assignments: [Desk.Assignment]) throws(StageError) {
        for assignment in assignments { try deliver(assignment) }
    }

    private func deliver(_ assignment: Desk.Assignment) throws(StageError) {
        let (now, clock) = (ContinuousClock.now, Timestamp.now())
        let alert = assignment.alert
        alerts += 1
        live?.publish(alert)
        dispatcher.note(alert, for: assignment.channels, clock: clock)
        if let record = reports.begin(alert, on: assignment.channels, at: now) { write(record) }
        for address in assignment.channels {
            report(
                try dispatcher.add(
                    alert, to: address, isLate: alert.isLate(by: options.maxAge, at: clock), at: now,
                    clock: clock))
        }
    }

    private func report(_ settled: [Dispatcher.Settled]) {
        for (settlement, address) in settled {
            if let record = reports.settle(settlement, on: address) { write(record) }
        }
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
        let ready = dispatcher.client.wait(upTo: patience, for: interests + dispatcher.interests)
        return input != nil && ready[0].contains(.readable)
    }

    private func finish(_ status: inout StatusFile) throws(StageError) {
        passMarks(.now())
        let left = try dispatcher.abandon(clock: .now())
        report(left)
        for record in reports.close() { write(record) }
        if !left.isEmpty { log.warning(.delivery, "\(left.count) deliveries were not finished") }
        if !readerHasLeft { try output.flush() }
        status.finish(tally, at: .now, figures: figures)
    }

    private func figures(_ status: inout JSONWriter) {
        let sent = dispatcher.figures
        status.member("alerts", alerts)
        status.member("cooled_down", desk.cooledDown)
        status.member("deliveries", sent.delivered)
        status.member("deliveries_folded", sent.folded)
        status.member("deliveries_dead", sent.dead)
        status.member("deliveries_retried", sent.retried)
        status.member("deliveries_limited", sent.limited)
        status.member("queue_depth", dispatcher.pending)
        status.member("viewers", live?.viewers)
    }
}
