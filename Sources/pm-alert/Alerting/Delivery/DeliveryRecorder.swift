import PMPipe
import PMRecord

/// The traces of deliveries: outbox entries, dead letters, figures, log messages, and the list of those completed.
final class DeliveryRecorder {
    private(set) var figures = DeliveryFigures()
    private var outbox: OutboxLog?
    private var deadLetters: DeadLetters
    private var completed: [Dispatcher.Completed] = []
    private let log: StageLog

    init(_ options: Dispatcher.Options, log: StageLog) throws(StageError) {
        deadLetters = try DeadLetters(path: options.deadLetters, log: log)
        self.log = log
        if let path = options.outbox {
            outbox = try OutboxLog(path: path, remembering: options.memory, log: log)
        }
    }

    /// The time at which ``sync(at:)`` or ``flushDeadLetters(at:)`` must be called again; `nil` when everything is
    /// written.
    var deadline: ContinuousClock.Instant? {
        [outbox?.nextTry, deadLetters.deadline].compactMap(\.self).min()
    }

    /// True if the disk of the outbox is full, so that nothing may be sent.
    var isBlocked: Bool { outbox?.nextTry != nil }

    /// True if no further alert should be accepted.
    var isFull: Bool { outbox?.isFull ?? false }

    /// Returns the state that an earlier process left in the outbox; `nil` without an outbox, and on later calls.
    func takeRecovery() -> OutboxLog.Recovery? { outbox?.takeRecovery() }

    /// Removes and returns the deliveries completed since the last call.
    func takeCompleted() -> [Dispatcher.Completed] {
        defer { completed = [] }
        return completed
    }

    func note(_ entry: OutboxEntry, at clock: Timestamp) {
        outbox?.note(entry, at: clock)
    }

    /// Notes that the message is about to leave.
    func noteAttempt(_ message: AlertMessage, to address: ChannelAddress, at clock: Timestamp) {
        for alert in message.alerts { note(.attempt(DeliveryID(alert.revisionID, address)), at: clock) }
    }

    /// Notes that the receiver does not have the message.
    func noteFailure(_ message: AlertMessage, to address: ChannelAddress, at clock: Timestamp) {
        // Once in doubt, a message stays in doubt, whatever the results of later attempts are.
        guard !message.isRedelivery else { return }
        for alert in message.alerts { note(.failed(DeliveryID(alert.revisionID, address)), at: clock) }
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
        for delivery in deliveries {
            let id = DeliveryID(delivery.alert.revisionID, address)
            note(.completed(id, delivery.result), at: clock)
            figures.count(delivery.outcome)
            if case .dead(let reason) = delivery.outcome {
                log.error(.delivery, "\(address): alert \(delivery.alert.id) is given up: \(shown(reason))")
                deadLetters.add(delivery, address, reason: reason, at: clock)
            }
            completed.append((delivery, address))
        }
    }

    /// Completes deliveries whose outcome is `pending`. They stay open in the outbox, for the next process.
    func abandon(_ deliveries: [CompletedDelivery], on address: ChannelAddress) {
        completed += deliveries.map { ($0, address) }
    }

    /// Syncs the outbox to the disk.
    ///
    /// - Returns: `false` while the disk is full.
    func sync(at now: ContinuousClock.Instant) throws(StageError) -> Bool {
        try outbox?.sync(at: now) ?? true
    }

    func flushDeadLetters(at now: ContinuousClock.Instant) throws(StageError) {
        try deadLetters.flush(at: now)
    }

    /// Writes everything to the disk.
    ///
    /// - Throws: ``ExitStatus/inputOutput`` when the disk is full.
    func finish() throws(StageError) {
        let isSynced = try sync(at: outbox?.nextTry ?? .now)
        try deadLetters.flush(at: deadLetters.deadline ?? .now)
        guard isSynced, deadLetters.deadline == nil else {
            throw StageError(.inputOutput, "the disk is full: the results of the last deliveries are lost")
        }
    }
}
