import Curl
import PMPipe
import PMRecord

/// Delivers alerts: feeds the queue of each channel, sends what the queues release, and records every step.
///
/// One slow or failing channel never affects another.
final class Dispatcher {
    struct Options {
        /// The path of the outbox file; without one, undelivered alerts are lost when the process ends.
        var outbox: String?
        /// The time for which the outbox remembers completed alerts.
        var memory = Duration.zero
        /// The path of the file for alerts that were given up.
        var deadLetters: String?
    }

    typealias Completed = (delivery: CompletedDelivery, address: ChannelAddress)

    private let transport: Transport
    private let settings: ChannelSettings
    private let recorder: DeliveryRecorder
    private var channels: [ChannelAddress: ChannelState] = [:]

    init(_ settings: ChannelSettings, _ options: Options = Options(), log: StageLog) throws(StageError) {
        transport = Transport(settings)
        self.settings = settings
        recorder = try DeliveryRecorder(options, log: log)
    }

    /// The number of alerts that are not completed, over all channels.
    var pending: Int { channels.values.reduce(0) { $0 + $1.queue.count } }

    /// The time at which ``work()`` has something to do; `nil` while it only waits for answers.
    var deadline: ContinuousClock.Instant? {
        let sends = isBlocked ? [] : channels.values.compactMap(\.queue.deadline)
        return (sends + [transport.deadline, recorder.deadline].compactMap(\.self)).min()
    }

    /// True if the disk of the outbox is full, so that nothing new is sent and no mark is passed.
    var isBlocked: Bool { recorder.isBlocked }

    /// True if no further alert should be accepted.
    var isFull: Bool { recorder.isFull }

    var figures: DeliveryFigures { recorder.figures }

    /// Ends a wait from another thread.
    var wakeUp: WakeUp { transport.client.wakeUp }

    /// Waits for answers and for descriptors.
    ///
    /// - Returns: The readiness of each descriptor, in the order of `interests`.
    func wait(upTo limit: Duration, for interests: [DescriptorInterest] = []) -> [Readiness] {
        transport.client.wait(upTo: limit, for: interests + transport.interests)
    }

    /// Removes and returns completed deliveries, the earliest first.
    func takeCompleted(atMost count: Int = .max) -> [Completed] { recorder.takeCompleted(atMost: count) }

    // MARK: Accepting alerts

    /// Notes an entry in the outbox. An alert's entry must be noted before the alert is added to a queue.
    func note(_ entry: OutboxEntry, at clock: Timestamp) { recorder.note(entry, at: clock) }

    /// Reads an alert from the outbox; `nil` if it cannot be read.
    func alert(_ id: RevisionID) -> Alert? { recorder.alert(id) }

    /// Forgets an alert whose deliveries are completed.
    func forget(_ id: RevisionID) { recorder.forget(id) }

    /// Adds an alert to the queue of a channel.
    func add(
        _ alert: AlertReference, to address: ChannelAddress, isLate: Bool, isRedelivery: Bool = false,
        at now: ContinuousClock.Instant, clock: Timestamp
    ) {
        open(address)
        let completed = channels[address]!.queue.add(
            alert, isLate: isLate, isRedelivery: isRedelivery, at: now)
        recorder.complete(completed, on: address, at: clock)
    }

    /// Gives up an alert that may have been delivered before a crash.
    func skip(_ alert: AlertReference, on address: ChannelAddress, clock: Timestamp) {
        let reason = "in doubt after a crash, and --in-doubt skip was given"
        recorder.complete([CompletedDelivery(alert, .dead(reason))], on: address, at: clock)
    }

    /// Completes an alert that an earlier process has completed already.
    func complete(
        _ alert: AlertReference, _ result: DeliveryResult, on address: ChannelAddress, clock: Timestamp
    ) {
        recorder.restore(CompletedDelivery(alert, result), on: address, at: clock)
    }

    // MARK: Restoring the state of an earlier process

    /// Returns the state that an earlier process left in the outbox; `nil` if there is none, and on later calls.
    func takeRecovery() -> OutboxRecovery? { recorder.takeRecovery() }

    /// Remembers the receiver's id of the message for an alert.
    func restore(
        reference: String, for id: CompactID, on address: ChannelAddress, at now: ContinuousClock.Instant
    ) {
        open(address)
        channels[address]!.queue.restore(reference: reference, for: id, at: now)
    }

    /// Sends nothing to the address before `end`.
    func restore(
        pauseOf address: ChannelAddress, until end: Timestamp, at now: ContinuousClock.Instant,
        clock: Timestamp
    ) {
        open(address)
        channels[address]!.queue.restore(pause: clock.duration(to: end), at: now)
    }

    private func open(_ address: ChannelAddress) {
        if channels[address] == nil {
            channels[address] = ChannelState(address, settings)
        }
    }

    // MARK: Sending

    /// Handles the answers that have arrived, syncs the outbox, and sends what is due.
    func work() throws(StageError) {
        let finished = transport.finished()
        // Read after the answers: the time that a receiver asks for starts with its answer.
        let (now, clock) = (ContinuousClock.now, Timestamp.now())
        for (address, result) in finished {
            if result.isInDoubt { channels[address]!.queue.markInDoubt() }
            complete(channels[address]!.interpret(result, at: clock), on: address, now, clock)
        }
        try recorder.flushDeadLetters(at: now)
        if isBlocked, try !recorder.sync(at: now) { return }
        let due = takeDue(at: now)
        for (message, address) in due { recorder.noteAttempt(message, to: address, at: clock) }
        guard try recorder.sync(at: now) else {
            for (message, address) in due { putBack(message, to: address, now, clock) }
            return
        }
        for (message, address) in due { send(message, to: address, now, clock) }
    }

    /// Discards the secrets, so that each is read again when it is next needed, and reopens closed channels.
    func reloadSecrets() {
        for address in channels.keys {
            channels[address]!.reload()
        }
    }

    /// Cancels the requests in flight, and completes every open delivery with the outcome `pending`: the next process
    /// goes on with it.
    func abandon() {
        transport.abandon()
        for address in channels.keys {
            recorder.abandon(channels[address]!.queue.abandon(), on: address)
        }
    }

    /// Writes everything that was noted to the disk.
    ///
    /// - Throws: ``ExitStatus/inputOutput`` when the disk is full.
    func finish() throws(StageError) { try recorder.finish() }

    private func takeDue(at now: ContinuousClock.Instant) -> [(QueuedMessage, ChannelAddress)] {
        var freeCommands = transport.freeCommands
        return channels.keys.compactMap { address in
            let runsCommand = settings.runsCommand(for: address.kind)
            guard !runsCommand || freeCommands > 0, let message = channels[address]!.queue.next(at: now)
            else { return nil }
            if runsCommand { freeCommands -= 1 }
            return (message, address)
        }
    }

    private func send(
        _ queued: QueuedMessage, to address: ChannelAddress, _ now: ContinuousClock.Instant,
        _ clock: Timestamp
    ) {
        guard let message = AlertMessage(queued, load: recorder.alert) else {
            recorder.reportUnreadable(queued.alert, on: address)
            return recorder.abandon(channels[address]!.queue.drop(), on: address)
        }
        do throws(ChannelError) {
            let channel = try channels[address]!.openChannel(settings)
            try transport.start(channel.outgoingMessage(for: message, at: clock), for: address)
        } catch {
            complete(.failed(error.description), on: address, now, clock)
        }
    }

    /// Returns a message to its queue before it was sent.
    private func putBack(
        _ message: QueuedMessage, to address: ChannelAddress, _ now: ContinuousClock.Instant,
        _ clock: Timestamp
    ) {
        recorder.noteFailure(message, to: address, at: clock)
        let completed = channels[address]!.queue.complete(.rateLimited(.zero), at: now)
        recorder.complete(completed, on: address, at: clock)
    }

    // MARK: Results

    private func complete(
        _ result: AttemptResult, on address: ChannelAddress, _ now: ContinuousClock.Instant,
        _ clock: Timestamp
    ) {
        let message = channels[address]!.queue.inFlight
        let completed = channels[address]!.queue.complete(result, at: now)
        recorder.report(result, from: address, pausedFor: pause(of: address, now))
        notePause(result, of: address, now, clock)
        if completed.isEmpty, let message { recorder.noteFailure(message, to: address, at: clock) }
        recorder.complete(completed, on: address, at: clock)
    }

    private func pause(of address: ChannelAddress, _ now: ContinuousClock.Instant) -> Duration? {
        channels[address]!.queue.pausedUntil.map { now.duration(to: $0) }
    }

    /// Notes the pause after a rate limit, so that the next process keeps it too.
    private func notePause(
        _ result: AttemptResult, of address: ChannelAddress, _ now: ContinuousClock.Instant,
        _ clock: Timestamp
    ) {
        switch result {
        case .rateLimited, .delivered(_, pause: .some):
            guard let pause = pause(of: address, now) else { return }
            // One millisecond more, because the clock is read in whole milliseconds.
            let end = clock.advanced(by: pause + .milliseconds(1))
            recorder.note(.rateLimited(address, until: end), at: clock)
        case .delivered, .editTargetMissing, .failed, .rejected, .closed: break
        }
    }
}
