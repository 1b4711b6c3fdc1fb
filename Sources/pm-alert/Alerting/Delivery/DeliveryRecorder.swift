import DequeModule
import PMFlow
import PMPipe
import PMRecord

/// The traces of deliveries: outbox entries, dead letters, figures, log messages, and the list of those completed.
final class DeliveryRecorder {
    private(set) var figures = DeliveryFigures()
    private let outbox: OutboxLog
    private var deadLetters: DeadLetters
    private var completed: Deque<Dispatcher.Completed> = []
    /// The last alerts, so that one that is delivered at once is not read from the file.
    private var recent = Cache<RevisionID, Alert>(capacity: 256)
    private let log: StageLog

    init(_ options: Dispatcher.Options, log: StageLog) throws(StageError) {
        deadLetters = try DeadLetters(path: options.deadLetters, log: log)
        self.log = log
        outbox = try OutboxLog(path: options.outbox, remembering: options.memory, log: log)
    }

    /// The time at which ``sync(at:)``, ``flushDeadLetters(at:)`` or ``takeCompleted(atMost:)`` must be called again; `nil`
    /// when nothing is left to do.
    var deadline: ContinuousClock.Instant? {
        [outbox.nextTry, deadLetters.deadline, completed.isEmpty ? nil : .now].compactMap(\.self).min()
    }

    /// True if the disk of the outbox is full, so that nothing may be sent.
    var isBlocked: Bool { outbox.nextTry != nil }

    /// True if no further alert should be accepted.
    var isFull: Bool { outbox.isFull }

    /// Returns the state that an earlier process left in the outbox; `nil` if there is none, and on later calls.
    func takeRecovery() -> OutboxRecovery? { outbox.takeRecovery() }

    /// Removes and returns completed deliveries, the earliest first.
    func takeCompleted(atMost count: Int) -> [Dispatcher.Completed] {
        defer { completed.removeFirst(min(count, completed.count)) }
        return Array(completed.prefix(count))
    }

    func note(_ entry: OutboxEntry, at clock: Timestamp) {
        if case .alert(let alert, let channels) = entry, !channels.isEmpty {
            recent.set(alert, for: alert.revisionID, until: .now + .seconds(60))
        }
        outbox.note(entry, at: clock)
    }

    /// Reads an alert from the outbox; `nil` if it cannot be read.
    func alert(_ id: RevisionID) -> Alert? { recent.value(for: id, at: .now) ?? outbox.alert(id) }

    /// Forgets an alert that is not read again.
    func forget(_ id: RevisionID) {
        recent.removeValue(for: id)
        outbox.forget(id)
    }

    /// Notes that the message is about to leave.
    func noteAttempt(_ message: QueuedMessage, to address: ChannelAddress, at clock: Timestamp) {
        note(.attempt, message.alerts, on: address, at: clock)
    }

    /// Notes that the receiver does not have the message.
    func noteFailure(_ message: QueuedMessage, to address: ChannelAddress, at clock: Timestamp) {
        // Once in doubt, a message stays in doubt, whatever the results of later attempts are.
        guard !message.isRedelivery else { return }
        note(.failed, message.alerts, on: address, at: clock)
    }

    private func note(
        _ step: DeliveryStep, _ alerts: [AlertReference], on address: ChannelAddress, at clock: Timestamp
    ) {
        for entry in OutboxEntry.deliveries(step, alerts.map(\.revisionID), on: address) {
            note(entry, at: clock)
        }
    }

    /// Counts and logs the result of an attempt.
    ///
    /// - Parameter pause: The time for which the channel sends nothing now.
    func report(
        _ result: AttemptResult, from address: ChannelAddress, pausedFor pause: Duration?
    ) {
        figures.count(result)
        switch result {
        case .failed(let reason): log.warning(.delivery, "\(address): \(shown(reason))")
        case .rateLimited(nil):
            let seconds = (pause ?? .zero).components.seconds
            log.warning(
                .delivery,
                "\(address): the receiver limits its rate without a time to wait; paused for \(seconds) s")
        case .rateLimited: log.debug("\(address): the receiver limits its rate")
        case .editTargetMissing: log.debug("\(address): the message to edit is gone, sending a new one")
        case .delivered, .rejected, .closed: break
        }
    }

    /// Notes, counts and logs deliveries that are completed.
    func complete(
        _ deliveries: [CompletedDelivery], on address: ChannelAddress, at clock: Timestamp
    ) {
        // The alerts of a digest have the same result, and share entries.
        var rest = deliveries[...]
        while let result = rest.first?.result {
            let same = rest.prefix { $0.result == result }
            note(.completed(result), same.map(\.alert), on: address, at: clock)
            rest = rest.dropFirst(same.count)
        }
        for delivery in deliveries {
            figures.count(delivery.outcome)
            if case .dead(let reason) = delivery.outcome {
                log.error(.delivery, "\(address): alert \(delivery.alert.id) is given up: \(shown(reason))")
                keep(delivery, address, reason, clock)
            }
            completed.append((delivery, address))
        }
    }

    private func keep(
        _ delivery: CompletedDelivery, _ address: ChannelAddress, _ reason: String, _ clock: Timestamp
    ) {
        guard deadLetters.isKept, let alert = alert(delivery.alert.revisionID) else { return }
        deadLetters.add(
            alert, to: address, after: delivery.result.attempts, reason: reason, at: clock)
    }

    /// Notes a delivery that an earlier process has completed.
    func restore(_ delivery: CompletedDelivery, on address: ChannelAddress, at clock: Timestamp) {
        note(.completed(delivery.result), [delivery.alert], on: address, at: clock)
        completed.append((delivery, address))
    }

    /// Logs an alert that the outbox has no more, or not as it was written.
    func reportUnreadable(_ alert: AlertReference, on address: ChannelAddress) {
        log.error(
            .delivery, "\(address): alert \(alert.id) cannot be read from the outbox; it waits for a restart")
    }

    /// Completes deliveries whose outcome is `pending`. They stay open in the outbox, for the next process.
    func abandon(_ deliveries: [CompletedDelivery], on address: ChannelAddress) {
        completed += deliveries.map { (delivery: $0, address: address) }
    }

    /// Syncs the outbox to the disk.
    ///
    /// - Returns: `false` while the disk is full.
    func sync(at now: ContinuousClock.Instant) throws(StageError) -> Bool {
        try outbox.sync(at: now)
    }

    func flushDeadLetters(at now: ContinuousClock.Instant) throws(StageError) {
        try deadLetters.flush(at: now)
    }

    /// Writes everything to the disk.
    ///
    /// - Throws: ``ExitStatus/inputOutput`` when the disk is full.
    func finish() throws(StageError) {
        let isSynced = try sync(at: outbox.nextTry ?? .now)
        try deadLetters.flush(at: deadLetters.deadline ?? .now)
        guard isSynced, deadLetters.deadline == nil else {
            throw StageError(.inputOutput, "the disk is full: the results of the last deliveries are lost")
        }
    }
}
