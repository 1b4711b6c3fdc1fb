import Curl
import LivePage
import PMJSON
import PMPipe
import PMRecord

/// Carries out what the rules decide: notes each alert in the outbox, queues it on its channels, and emits its record when
/// they have completed. Lives on the stage's thread.
final class AlertIssuer {
    private let options: AlertOptions
    private let log: StageLog
    private let page: PagePublisher?
    private let dispatcher: Dispatcher
    private let records: AlertRecords
    private var doubts = DeliveryDoubts()
    private var alertCount = 0

    /// - Parameter page: The publisher of the live page; `nil` without a page.
    init(_ options: AlertOptions, page: PagePublisher?, log: StageLog) throws(StageError) {
        self.options = options
        self.page = page
        self.log = log
        dispatcher = try Dispatcher(
            options.channels,
            Dispatcher.Options(
                outbox: options.outbox, memory: options.rules.memory, deadLetters: options.deadLetters),
            log: log)
        records = AlertRecords(
            patience: options.recordPatience, history: options.history.map { AlertHistory($0, log: log) },
            log: log, load: dispatcher.alert)
    }

    /// The number of alerts that are not completed, over all channels.
    var pending: Int { dispatcher.pending }

    /// The number of records sent to standard output.
    var recordCount: Int { records.count }

    /// True if the reader of standard output has closed it.
    var readerHasLeft: Bool { records.readerHasLeft }

    /// True if the disk of the outbox is full, so that no mark may be passed.
    var isBlocked: Bool { dispatcher.isBlocked }

    /// True if more input may be read.
    ///
    /// A redelivery reads dead letters only while fewer alerts wait than a channel's queue holds. A full queue joins
    /// alerts into a digest, and every dead letter is to have a message of its own.
    var hasCapacity: Bool {
        let isQueueFull = options.isRedelivering && dispatcher.pending >= options.channels.limits.capacity
        return !records.isFull && !dispatcher.isFull && !isQueueFull
    }

    /// The time at which ``work()`` has something to do; `nil` while it only waits for answers.
    var deadline: ContinuousClock.Instant? {
        [dispatcher.deadline, records.deadline].compactMap(\.self).min()
    }

    /// Ends a wait from another thread.
    var wakeUp: WakeUp { dispatcher.wakeUp }

    /// Waits for answers, for the reader of standard output, and for input.
    ///
    /// - Parameter input: The descriptor of the input; `nil` while none may be read.
    /// - Returns: True if the input is readable.
    func wait(upTo limit: Duration, for input: CInt?) -> Bool {
        var interests: [DescriptorInterest] = []
        if let input { interests.append(DescriptorInterest(input, .readable)) }
        let ready = dispatcher.wait(upTo: limit, for: interests + records.interests)
        return input != nil && ready[0].contains(.readable)
    }

    /// Reads the secrets again when they are next needed.
    func reloadSecrets() { dispatcher.reloadSecrets() }

    func writeFigures(into status: inout JSONWriter) {
        status.member("alerts", alertCount)
        dispatcher.figures.write(into: &status)
        status.member("queue_depth", dispatcher.pending)
        status.member("history_waiting", records.waitingForHistory)
    }

    // MARK: Issuing

    /// Notes an alert, and queues it on its channels.
    func issue(_ routed: RoutedAlert) {
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

    /// Notes a mark. It is on the disk, after every alert before it, once ``work()`` returns and nothing is blocked.
    func note(_ mark: Mark, at clock: Timestamp) { dispatcher.note(.mark(mark), at: clock) }

    /// Syncs the outbox, sends what is due, and emits records.
    func work() throws(StageError) {
        try dispatcher.work()
        completeRecords()
        try records.flush(at: .now)
        noteWritten(.now())
    }

    /// Ends all deliveries, and writes everything that is left.
    func finish() throws(StageError) {
        dispatcher.abandon()
        let unfinished = completeRecords(atMost: .max)
        if unfinished > 0 { log.warning(.delivery, "\(unfinished) deliveries were not completed") }
        try records.finish()
        noteWritten(.now())
        try dispatcher.finish()
    }

    // MARK: Recovery

    /// Restores what an earlier process left in the outbox, and resumes its deliveries.
    ///
    /// - Parameter rules: Learn of each alert that was issued.
    func restore(into rules: inout Rules) throws(StageError) {
        guard let recovery = dispatcher.takeRecovery() else { return }
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

    // MARK: Completion

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
    }
}
