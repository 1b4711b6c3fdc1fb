import Database
import Glibc
import Curl
import LivePage
import PMJSON
import PMPipe
import PMRecord

/// pm-alert at work: lines in, alerts out, on the one thread that waits for input, answers and deadlines together.
package final class AlertStage {
    private let options: AlertOptions
    private let log: StageLog
    private let page: PagePublisher?
    private let deliveries: Dispatcher
    private let subscribers: SubscriberList
    private var subscribersVersion = 0
    private var rules: Rules
    private let records: AlertRecords
    private var hangUps = HangUpSignal()
    private var tally = Tally()
    private var alerts = 0
    /// Marks whose trades are not all decided on yet.
    private var marks: [Mark] = []

    /// - Parameter page: The publisher of the live page; `nil` if there is none.
    package init(_ options: AlertOptions, page: PagePublisher?, log: StageLog) throws(StageError) {
        self.options = options
        self.page = page
        self.log = log
        deliveries = try Dispatcher(
            options.channels, ledger: options.ledger, remembering: options.rules.memory,
            deadLetters: options.deadLetters, log: log)
        rules = Rules(options.rules)
        records = AlertRecords(
            patience: options.report, history: options.history.map { AlertHistory($0, log: log) }, log: log)
        let wakeUp = deliveries.wakeUp
        subscribers = SubscriberList(options.subscribers, every: options.refresh, log: log) { wakeUp() }
        if let legacy = deliveries.takeLegacy() { resume(legacy) }
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
            if records.readerHasLeft, end == nil { end = .now + options.drain }
            if let end, deliveries.pending == 0 || end <= .now { break }
            if stop.isRequested { break }

            // Before anybody has been asked who is to be told, a trade would be told to nobody.
            let reads = end == nil && subscribersVersion > 0 && hasRoom
            let ready = wait(upTo: status.untilDue(at: .now), end: end, for: reads ? input.descriptor : nil)
            guard reads, ready else { continue }
            let arrival = try input.wait(upTo: .zero)
            if arrival == .nothing { continue }
            tally.lastInputAt = .now()
            try input.forEachLine { (line, isTooLong) throws(StageError) in
                try take(line, isTooLong: isTooLong, &rejects)
            }
            page?.noteInput(linesIn: tally.linesIn, at: .now())
            try rejects.flush()
            guard arrival == .end else { continue }
            carryOut(rules.release(at: .now, clock: .now()))
            end = .now + options.drain
        }
        try finish(&status)
        if stop.isRequested, end == nil { throw StopSignal.stoppedEarly }
        return tally
    }

    /// Goes on with what the process before us had not delivered.
    private func resume(_ legacy: OutboxLog.Legacy) {
        let (now, clock) = (ContinuousClock.now, Timestamp.now())
        for (address, until) in legacy.limits where until > clock {
            deliveries.hold(address, until: until, at: now, clock: clock)
        }
        for kept in legacy.alerts {
            rules.remember(kept.alert, on: Array(kept.channels.keys), at: now, clock: clock)
            for case (let address, .settled(let settled)) in kept.channels {
                if let reference = settled.reference {
                    deliveries.remember(reference, for: kept.alert.id, on: address, at: now)
                }
            }
            records.begin(kept, at: now)
        }
        let open = legacy.alerts.filter { !$0.open.isEmpty }
        for kept in open { deliver(kept, at: now, clock: clock) }
        let count = open.reduce(0) { $0 + $1.open.count }
        if count > 0 { log.notice("going on with \(count) deliveries that were not settled") }
    }

    private func deliver(
        _ kept: RecoveredState.Kept, at now: ContinuousClock.Instant, clock: Timestamp
    ) {
        for (address, isInDoubt) in kept.open {
            if isInDoubt, options.inDoubt == .skip {
                records.settle(deliveries.skip(kept.alert, on: address, clock: clock))
            } else {
                let isLate = kept.alert.isLate(by: options.maxAge, at: clock)
                records.settle(
                    deliveries.add(
                        kept.alert, to: address, isLate: isLate, isRedelivery: isInDoubt, at: now,
                        clock: clock))
            }
        }
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
            return deliver(Rules.Telling(alert: letter.alert, channels: [letter.address]))
        }
        switch record.kind {
        case .trade:
            page?.publish(record)
            guard let trade = AlertTrade(record) else { return reject(line, "a trade without id", &rejects) }
            count(trade.isFinal ? "trade" : "trade_pending")
            carryOut(rules.consider(trade, at: .now, clock: .now()))
        case .gap, .retract:
            page?.publish(record)
            count(record.kind!.rawValue)
        case .mark:
            count("mark")
            guard let mark = Mark(record) else {
                return reject(line, "a mark without stream, seq or time", &rejects)
            }
            marks.removeAll { $0.stream == mark.stream && !rules.isHolding(upTo: $0.seq) }
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
            deliveries.forgetSecrets()
            log.info("settings are read anew")
        }
        if let recipients = subscribers.changes(since: &subscribersVersion) {
            rules.recipients = recipients
            let count = recipients.count
            log.info(
                count == 0 ? "no subscribers: alerts go to standard output alone" : "\(count) subscribers")
        }
    }

    // MARK: Alerts

    private func advance() throws(StageError) {
        let (now, clock) = (ContinuousClock.now, Timestamp.now())
        carryOut(rules.expire(at: now, clock: clock))
        let mark = passMarks(clock)
        records.settle(try deliveries.work())
        if !deliveries.isHeldUp, let mark { tally.lastMark = mark.seq }
        try records.flush(at: now)
        noteWritten(clock)
    }

    private func noteWritten(_ clock: Timestamp) {
        for telling in records.takeWritten() { deliveries.noteWritten(telling, clock: clock) }
        tally.amended = records.written
        tally.linesOut = records.written
    }

    /// Counts as done what all alerts before have been decided on for; the ledger is synced before anyone reads it.
    ///
    /// - Returns: The last of them.
    @discardableResult
    private func passMarks(_ clock: Timestamp) -> Mark? {
        var last: Mark?
        while !deliveries.isHeldUp, let mark = marks.first, !rules.isHolding(upTo: mark.seq) {
            last = marks.removeFirst()
            deliveries.note(mark, clock: clock)
        }
        return last
    }

    private func carryOut(_ tellings: [Rules.Telling]) {
        for telling in tellings { deliver(telling) }
    }

    private func deliver(_ telling: Rules.Telling) {
        let (now, clock) = (ContinuousClock.now, Timestamp.now())
        let alert = telling.alert
        alerts += 1
        page?.publish(alert.record, key: "alert \(alert.id)")
        deliveries.note(alert, for: telling.channels, clock: clock)
        records.begin(telling, at: now)
        for address in telling.channels {
            // What comes back was late when it was given up, and is to be told for itself.
            let isLate = !options.isRedelivering && alert.isLate(by: options.maxAge, at: clock)
            records.settle(deliveries.add(alert, to: address, isLate: isLate, at: now, clock: clock))
        }
    }

    /// Whether more may be taken on. Dead letters are, until one more would be told together with others.
    private var hasRoom: Bool {
        let isEnough = options.isRedelivering && deliveries.pending >= options.channels.limits.capacity
        return !records.isFull && !deliveries.isFull && !isEnough
    }

    // MARK: Waiting and ending

    /// - Returns: Whether there is something to read.
    private func wait(upTo limit: Duration, end: ContinuousClock.Instant?, for input: CInt?) -> Bool {
        let now = ContinuousClock.now
        let deadlines = [rules.deadline, deliveries.deadline, records.deadline, end].compactMap(\.self)
        let patience = min(limit, deadlines.min().map { max(.zero, now.duration(to: $0)) } ?? limit)
        var interests: [DescriptorInterest] = []
        if let input { interests.append(DescriptorInterest(input, .readable)) }
        let ready = deliveries.wait(upTo: patience, for: interests + records.interests)
        return input != nil && ready[0].contains(.readable)
    }

    private func finish(_ status: inout StatusFile) throws(StageError) {
        passMarks(.now())
        let left = deliveries.abandon(clock: .now())
        records.settle(left)
        if !left.isEmpty { log.warning(.delivery, "\(left.count) deliveries were not finished") }
        try records.finish()
        noteWritten(.now())
        try deliveries.finish()
        status.finish(tally, at: .now, figures: figures)
    }

    private func figures(_ status: inout JSONWriter) {
        status.member("alerts", alerts)
        status.member("cooled_down", rules.cooledDown)
        deliveries.figures.write(into: &status)
        status.member("queue_depth", deliveries.pending)
        status.member("viewers", page?.viewers)
        status.member("history_waiting", records.waitingForHistory)
    }
}
