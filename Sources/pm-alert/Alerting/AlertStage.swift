import Curl
import Database
import LivePage
import PMJSON
import PMPipe
import PMRecord

/// The stage: reads lines, decides on alerts, and delivers them, on one thread that waits for input, answers and
/// deadlines together.
package final class AlertStage {
    private let options: AlertOptions
    private let log: StageLog
    private let page: PagePublisher?
    private let dispatcher: Dispatcher
    private let subscribers: SubscriberList
    private var subscribersVersion = 0
    private var rules: Rules
    private let records: AlertRecords
    private var hangUps = HangUpSignal()
    private var tally = Tally()
    private var alertCount = 0
    private var marks = PendingMarks()
    private var doubts = DeliveryDoubts()

    /// - Parameter page: The publisher of the live page; `nil` without a page.
    package init(_ options: AlertOptions, page: PagePublisher?, log: StageLog) throws(StageError) {
        self.options = options
        self.page = page
        self.log = log
        dispatcher = try Dispatcher(
            options.channels,
            Dispatcher.Options(
                outbox: options.outbox, memory: options.rules.memory, deadLetters: options.deadLetters),
            log: log)
        rules = Rules(options.rules)
        records = AlertRecords(
            patience: options.recordPatience, history: options.history.map { AlertHistory($0, log: log) },
            log: log, load: dispatcher.alert)
        let wakeUp = dispatcher.wakeUp
        subscribers = SubscriberList(options.subscribers, every: options.refresh, log: log) { wakeUp() }
        if let recovery = dispatcher.takeRecovery() { try restore(recovery) }
    }

    /// Runs until the input ends, and until its alerts are delivered or `drain` has passed.
    package func run(
        from input: consuming LineReader, rejects: inout Rejects, status: inout StatusFile
    ) throws(StageError) -> Tally {
        let stop = StopSignal(readingFrom: input.descriptor)
        subscribers.waitForFirst(upTo: .seconds(5))
        var end: ContinuousClock.Instant?
        while true {
            applyReloads()
            try advance()
            status.refresh(tally, at: .now, figures: figures)
            if records.readerHasLeft, end == nil { end = .now + options.drain }
            if let end, dispatcher.pending == 0 || end <= .now { break }
            if stop.isRequested { break }

            // Before the subscribers are known, a trade would be decided on as if there were none.
            let isReading = end == nil && subscribersVersion > 0 && hasCapacity
            let isReadable = wait(
                upTo: status.untilDue(at: .now), end: end, for: isReading ? input.descriptor : nil)
            guard isReading, isReadable else { continue }
            let arrival = try input.wait(upTo: .zero)
            if arrival == .nothing { continue }
            tally.lastInputAt = .now()
            try input.forEachLine { (line, isTooLong) throws(StageError) in
                try handle(line, isTooLong: isTooLong, &rejects)
            }
            page?.noteInput(linesIn: tally.linesIn, at: .now())
            try rejects.flush()
            guard arrival == .end else { continue }
            for alert in rules.release(at: .now, clock: .now()) { dispatch(alert) }
            end = .now + options.drain
        }
        try finish(&status)
        if stop.isRequested, end == nil { throw StopSignal.stoppedEarly }
        return tally
    }

    // MARK: Recovery

    /// Restores what an earlier process left in the outbox, and resumes its deliveries.
    private func restore(_ recovery: OutboxRecovery) throws(StageError) {
        let (now, clock) = (ContinuousClock.now, Timestamp.now())
        for (address, until) in recovery.pauses where until > clock {
            dispatcher.restore(pauseOf: address, until: until, at: now, clock: clock)
        }
        doubts = recovery.doubts
        var count = 0
        try recovery.forEachAlert { recovered in
            let alert = recovered.alert
            rules.restore(alert, on: recovered.channels.map(\.address), at: now, clock: clock)
            for case (let address, .completed(let result)) in recovered.channels {
                if let reference = result.reference {
                    dispatcher.restore(
                        reference: reference, for: alert.revisionID.id, on: address, at: now)
                }
            }
            records.add(recovered, at: now)
            resume(recovered, at: now, clock: clock)
            count += recovered.open.count
        }
        if count > 0 { log.notice("resuming \(count) deliveries of an earlier process") }
    }

    private func resume(_ recovered: RecoveredAlert, at now: ContinuousClock.Instant, clock: Timestamp) {
        let isLate = recovered.alert.isLate(by: options.maxAge, at: clock)
        for (address, isInDoubt) in recovered.open {
            add(
                AlertReference(recovered.alert), to: address, isLate: isLate, isInDoubt: isInDoubt, at: now,
                clock: clock)
        }
    }

    /// Adds an alert to a channel's queue, or gives it up if it is in doubt and the user wants no repetition.
    private func add(
        _ alert: AlertReference, to address: ChannelAddress, isLate: Bool, isInDoubt: Bool,
        at now: ContinuousClock.Instant, clock: Timestamp
    ) {
        if isInDoubt, options.inDoubt == .skip {
            dispatcher.skip(alert, on: address, clock: clock)
        } else {
            dispatcher.add(
                alert, to: address, isLate: isLate, isRedelivery: isInDoubt, at: now, clock: clock)
        }
    }

    // MARK: Input

    private func handle(_ line: Span<UInt8>, isTooLong: Bool, _ rejects: inout Rejects) throws(StageError) {
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
            countConsumed(DeadLetter.kind)
            return dispatch(RoutedAlert(alert: letter.alert, channels: [letter.address]))
        }
        switch record.kind {
        case .trade:
            page?.publish(record)
            guard let trade = AlertTrade(record) else { return reject(line, "a trade without id", &rejects) }
            countConsumed(trade.isFinal ? "trade" : "trade_pending")
            for alert in rules.consider(trade, at: .now, clock: .now()) { dispatch(alert) }
        case .gap, .retract:
            page?.publish(record)
            countConsumed(record.kind!.rawValue)
        case .mark:
            countConsumed("mark")
            guard let mark = Mark(record) else {
                return reject(line, "a mark without stream, seq or time", &rejects)
            }
            marks.add(mark, rules)
        case .audit, .leaderboard, .portfolio, .alert, .outcome, .resolution, .frame, .reject, nil:
            countConsumed("other")
        }
    }

    private func reject(_ line: Span<UInt8>, _ reason: String, _ rejects: inout Rejects) {
        tally.rejected += 1
        rejects.add(line, number: tally.linesIn, reason: reason)
    }

    /// Counts a line under its kind. No input line is passed on: every output line is a new record.
    private func countConsumed(_ kind: String) {
        tally.consumed[kind, default: 0] += 1
    }

    /// Reads secrets and subscribers again after SIGHUP, and applies new subscribers.
    private func applyReloads() {
        if hangUps.isNew {
            subscribers.refresh()
            dispatcher.reloadSecrets()
            log.info("reloading settings")
        }
        guard let recipients = subscribers.changes(since: &subscribersVersion) else { return }
        rules.recipients = recipients
        log.info(
            recipients.isEmpty
                ? "no subscribers: alerts go to standard output only" : "subscribers: \(recipients.count)")
    }

    // MARK: Alerts

    private func advance() throws(StageError) {
        let (now, clock) = (ContinuousClock.now, Timestamp.now())
        for alert in rules.expire(at: now, clock: clock) { dispatch(alert) }
        let mark = passMarks(clock)
        try dispatcher.work()
        completeRecords()
        // Only now is the mark on the disk, with the alerts before it.
        if !dispatcher.isBlocked, let mark { tally.lastMark = mark.seq }
        try records.flush(at: now)
        noteWritten(clock)
    }

    private func dispatch(_ routed: RoutedAlert) {
        let (now, clock) = (ContinuousClock.now, Timestamp.now())
        let alert = routed.alert
        alertCount += 1
        page?.publish(alert.record, key: "alert \(alert.id)")
        dispatcher.note(.alert(alert, routed.channels), at: clock)
        records.add(routed, at: now)
        guard !routed.channels.isEmpty else { return }
        // A redelivered dead letter is old by nature, and gets a message of its own.
        let isLate = !options.isRedelivering && alert.isLate(by: options.maxAge, at: clock)
        let reference = AlertReference(alert)
        for address in routed.channels {
            let progress = options.isRedelivering ? .open : doubts.progress(of: alert, on: address)
            switch progress {
            case .open:
                add(reference, to: address, isLate: isLate, isInDoubt: false, at: now, clock: clock)
            case .inDoubt:
                add(reference, to: address, isLate: isLate, isInDoubt: true, at: now, clock: clock)
            case .completed(let result):
                dispatcher.complete(reference, result, on: address, clock: clock)
            }
        }
    }

    /// Passes on the completed deliveries to the records. The only place where that happens.
    ///
    /// - Parameter limit: The most of them. The records of a digest are made from the outbox one after the other.
    /// - Returns: Their number.
    @discardableResult
    private func completeRecords(atMost limit: Int = 1000) -> Int {
        let completed = dispatcher.takeCompleted(atMost: limit)
        for (delivery, address) in completed where records.complete(delivery, on: address) {
            dispatcher.forget(delivery.alert.revisionID)
        }
        return completed.count
    }

    private func noteWritten(_ clock: Timestamp) {
        for (id, isFinal) in records.takeWritten() {
            dispatcher.note(.written(id), at: clock)
            if isFinal { dispatcher.forget(id) }
        }
        tally.amended = records.count
        tally.linesOut = records.count
    }

    /// Notes the marks whose earlier trades are all decided on. They count once the outbox is synced.
    ///
    /// - Returns: The last of them.
    @discardableResult
    private func passMarks(_ clock: Timestamp) -> Mark? {
        var last: Mark?
        while !dispatcher.isBlocked, let mark = marks.next(rules) {
            dispatcher.note(.mark(mark), at: clock)
            last = mark
        }
        return last
    }

    /// True if more input may be read.
    ///
    /// A redelivery reads dead letters only while fewer alerts wait than a channel's queue holds. A full queue joins
    /// alerts into a digest, and every dead letter is to have a message of its own.
    private var hasCapacity: Bool {
        let isQueueFull = options.isRedelivering && dispatcher.pending >= options.channels.limits.capacity
        return !records.isFull && !dispatcher.isFull && !isQueueFull
    }

    // MARK: Waiting and ending

    /// - Returns: True if the input is readable.
    private func wait(upTo limit: Duration, end: ContinuousClock.Instant?, for input: CInt?) -> Bool {
        let now = ContinuousClock.now
        let deadlines = [rules.deadline, dispatcher.deadline, records.deadline, end].compactMap(\.self)
        let patience = min(limit, deadlines.min().map { max(.zero, now.duration(to: $0)) } ?? limit)
        var interests: [DescriptorInterest] = []
        if let input { interests.append(DescriptorInterest(input, .readable)) }
        let ready = dispatcher.wait(upTo: patience, for: interests + records.interests)
        return input != nil && ready[0].contains(.readable)
    }

    private func finish(_ status: inout StatusFile) throws(StageError) {
        passMarks(.now())
        dispatcher.abandon()
        let unfinished = completeRecords(atMost: .max)
        if unfinished > 0 { log.warning(.delivery, "\(unfinished) deliveries were not completed") }
        try records.finish()
        noteWritten(.now())
        try dispatcher.finish()
        status.finish(tally, at: .now, figures: figures)
    }

    private func figures(_ status: inout JSONWriter) {
        status.member("alerts", alertCount)
        status.member("cooled_down", rules.cooledDown)
        dispatcher.figures.write(into: &status)
        status.member("queue_depth", dispatcher.pending)
        status.member("viewers", page?.viewers)
        status.member("page_serving", page?.isServing)
        status.member("history_waiting", records.waitingForHistory)
    }
}
