import DequeModule
import PMFlow

/// The queue of one channel: which message to send next, when, and when to give up. Decides, and never sends.
///
///     waiting ──next──▶ in flight ──delivered, rejected──▶ completed
///        ▲  ▲                │
///        │  └─────failed─────┘   after a growing pause; dead after 24 h
///       late alerts, and alerts beyond the capacity: collected for a digest
///
/// One message is in flight at a time, so that a failing receiver gets one request after the other, and a follow-up
/// never overtakes its alert. Nothing leaves while the receiver limits its rate. A receiver that is away is retried
/// however often it fails, but a message that fails while others are delivered is given up sooner.
package struct ChannelQueue: Sendable {
    /// Alerts collected for a digest.
    private struct PendingDigest {
        var alerts: [Alert] = []
        var isRedelivery = false
        let first: ContinuousClock.Instant
        var last: ContinuousClock.Instant
    }

    /// The message that was sent and has no result yet.
    package private(set) var inFlight: AlertMessage?
    /// Nothing leaves before this time: the receiver asked for a pause, or has failed.
    package private(set) var pausedUntil: ContinuousClock.Instant?
    private let limits: Limits
    private var waiting: Deque<AlertMessage> = []
    /// The number of waiting messages by alert id, so that a new alert need not be compared with a thousand messages.
    private var waitingCounts: [String: Int] = [:]
    private var digest: PendingDigest?
    private var closedReason: String?
    private var delivered = 0
    /// The number of rate limits in a row without a time to wait.
    private var unnamedLimits = 0
    /// The back-off of the whole channel: while the receiver fails, it keeps the messages from trying one by one.
    private var backoff: Backoff<SplitMix64>
    /// The receiver's message ids, by alert id.
    private var references = Cache<String, String>(capacity: 1000)
    private var randomness: SplitMix64

    /// The time for which a message can be edited.
    private static let memory = Duration.seconds(3600)

    package init(_ limits: Limits = Limits(), seed: UInt64 = .random(in: 0 ... .max)) {
        self.limits = limits
        randomness = SplitMix64(seed: seed)
        backoff = Backoff(
            from: limits.firstPause, to: min(.seconds(30), limits.longestPause),
            using: SplitMix64(seed: randomness.next()))
    }

    /// The number of alerts that are not completed.
    package var count: Int {
        waiting.reduce(inFlight?.alerts.count ?? 0) { $0 + $1.alerts.count } + (digest?.alerts.count ?? 0)
    }

    /// The time at which ``next(at:)`` may return a message; `nil` while one is in flight or none waits.
    package var deadline: ContinuousClock.Instant? {
        guard inFlight == nil else { return nil }
        let times = waiting.lazy.map(\.notBefore) + [digestDue].compactMap(\.self)
        guard let earliest = times.min() else { return nil }
        return max(earliest, pausedUntil ?? earliest)
    }

    /// Adds an alert. A higher revision replaces a waiting one.
    ///
    /// - Parameters:
    ///   - isLate: True if the alert belongs in a digest.
    ///   - isRedelivery: True if the receiver may have the alert already.
    /// - Returns: The replaced revision, or the alert itself when the channel is closed.
    package mutating func add(
        _ alert: Alert, isLate: Bool = false, isRedelivery: Bool = false, at now: ContinuousClock.Instant
    ) -> [CompletedDelivery] {
        if let closedReason { return [CompletedDelivery(alert, .dead(closedReason))] }
        if waitingCounts[alert.id] != nil, let index = waiting.firstIndex(where: { $0.isOlder(than: alert) })
        {
            let older = waiting[index]
            waiting[index].alerts = [alert]
            return [CompletedDelivery(older.alert, .replaced, attempts: older.attempts)]
        }
        if isLate || waiting.count >= limits.capacity {
            return addToDigest(alert, isRedelivery: isRedelivery, at: now)
        }
        enqueue(message([alert], isRedelivery: isRedelivery, at: now))
        return []
    }

    /// Returns the message to send now. Its result goes to ``complete(_:at:)``.
    package mutating func next(at now: ContinuousClock.Instant) -> AlertMessage? {
        guard inFlight == nil, (pausedUntil ?? now) <= now else { return nil }
        if let digestDue, digestDue <= now, let digest = digest.take() {
            enqueue(message(digest.alerts, isRedelivery: digest.isRedelivery, at: now))
        }
        guard let index = waiting.firstIndex(where: { $0.notBefore <= now }) else { return nil }
        var message = dequeue(at: index)
        message.attempts += 1
        message.edits = message.isDigest ? nil : references.value(for: message.alert.id, at: now)
        inFlight = message
        return message
    }

    /// Notes that the message in flight may have arrived although its attempt failed. It stays in doubt through later
    /// attempts.
    package mutating func markInDoubt() { inFlight?.isRedelivery = true }

    /// Applies the result of the message in flight.
    package mutating func complete(
        _ result: AttemptResult, at now: ContinuousClock.Instant
    ) -> [CompletedDelivery] {
        guard var message = inFlight.take() else { return [] }
        switch result {
        case .delivered(let newReference, let pause):
            backoff.reset()
            unnamedLimits = 0
            delivered += 1
            let wait = max(limits.interval, min(pause ?? .zero, limits.longestRetryAfter))
            pausedUntil = wait > .zero ? now + wait : nil
            guard !message.isDigest else { return completed(message, .folded) }
            let reference = newReference ?? message.edits
            if let reference { restore(reference: reference, for: message.alert.id, at: now) }
            return completed(message, .delivered, reference: reference)
        case .rejected(let reason):
            backoff.reset()
            return completed(message, .dead(reason))
        case .closed(let reason):
            closedReason = reason
            return ([message] + takeWaiting()).flatMap { completed($0, .dead(reason)) }
        case .rateLimited(let pause):
            // A rate limit is no failure of this message: only the message's age counts.
            message.attempts -= 1
            pausedUntil = now + min(pause ?? nextUnnamedPause(), limits.longestRetryAfter)
            return retry(message, after: .zero, "the receiver limits its rate", at: now)
        case .editTargetMissing:
            references.removeValue(for: message.alert.id)
            return retry(message, after: .zero, "the message to edit is gone", at: now)
        case .failed(let reason):
            if delivered > message.deliveredBefore { message.failuresAlone += 1 }
            message.deliveredBefore = delivered
            let wait = backoff.next()
            // The first failure may be this message's alone; a second in a row is the receiver's.
            if backoff.failures > 1 { pausedUntil = now + wait }
            return retry(message, after: message.backoff.next(), reason, at: now)
        }
    }

    /// Accepts alerts again after the receiver was gone: the operator may have corrected the settings.
    package mutating func reopen() { closedReason = nil }

    /// Completes every open delivery with the outcome `pending`, when the process ends.
    package mutating func abandon() -> [CompletedDelivery] {
        let all = (inFlight.take().map { [$0] } ?? []) + takeWaiting()
        return all.flatMap { completed($0, .pending) }
    }

    // MARK: Restoring the state of an earlier process

    /// Remembers the receiver's id of the message for an alert.
    package mutating func restore(reference: String, for id: String, at now: ContinuousClock.Instant) {
        references.set(reference, for: id, until: now + Self.memory)
    }

    /// Sends nothing for this time: the receiver asked for a pause.
    package mutating func restore(pause: Duration, at now: ContinuousClock.Instant) {
        pausedUntil = now + min(pause, limits.longestRetryAfter)
    }

    // MARK: Private

    private mutating func nextUnnamedPause() -> Duration {
        defer { unnamedLimits += 1 }
        return limits.unnamedPause * (1 << min(unnamedLimits, 10))
    }

    private var digestDue: ContinuousClock.Instant? {
        digest.map { min($0.last + limits.digestPause, $0.first + limits.digestPause * 10) }
    }

    private mutating func addToDigest(
        _ alert: Alert, isRedelivery: Bool, at now: ContinuousClock.Instant
    ) -> [CompletedDelivery] {
        // Moved out while it changes: a second reference would copy the whole array.
        var pending = digest.take() ?? PendingDigest(first: now, last: now)
        defer { digest = pending }
        pending.last = now
        pending.isRedelivery = pending.isRedelivery || isRedelivery
        if let index = pending.alerts.firstIndex(where: { $0.id == alert.id }) {
            let older = pending.alerts[index]
            pending.alerts[index] = alert
            return [CompletedDelivery(older, .replaced)]
        }
        pending.alerts.append(alert)
        return []
    }

    private mutating func takeWaiting() -> [AlertMessage] {
        defer { (waiting, waitingCounts, digest) = ([], [:], nil) }
        guard let digest else { return Array(waiting) }
        return waiting + [message(digest.alerts, isRedelivery: digest.isRedelivery, at: digest.last)]
    }

    private mutating func message(
        _ alerts: [Alert], isRedelivery: Bool, at now: ContinuousClock.Instant
    ) -> AlertMessage {
        AlertMessage(
            alerts: alerts, isRedelivery: isRedelivery, deliveredBefore: delivered, queuedAt: now,
            notBefore: now,
            backoff: Backoff(
                from: limits.firstPause, to: limits.longestPause, using: SplitMix64(seed: randomness.next())))
    }

    private mutating func retry(
        _ message: AlertMessage, after wait: Duration, _ reason: String, at now: ContinuousClock.Instant
    ) -> [CompletedDelivery] {
        guard message.failuresAlone < limits.attempts, message.queuedAt.duration(to: now) < limits.age else {
            return completed(message, .dead(reason))
        }
        // A later revision was added while this one was in flight.
        if !message.isDigest, waitingCounts[message.alert.id] != nil {
            return completed(message, .replaced)
        }
        var message = message
        message.notBefore = now + wait
        enqueue(message, atFront: true)
        return []
    }

    private mutating func enqueue(_ message: AlertMessage, atFront: Bool = false) {
        if atFront { waiting.prepend(message) } else { waiting.append(message) }
        if !message.isDigest { waitingCounts[message.alert.id, default: 0] += 1 }
    }

    private mutating func dequeue(at index: Int) -> AlertMessage {
        let message = waiting.remove(at: index)
        if !message.isDigest, let count = waitingCounts[message.alert.id] {
            waitingCounts[message.alert.id] = count > 1 ? count - 1 : nil
        }
        return message
    }

    private func completed(
        _ message: AlertMessage, _ outcome: DeliveryOutcome, reference: String? = nil
    ) -> [CompletedDelivery] {
        message.alerts.map {
            CompletedDelivery($0, outcome, attempts: message.attempts, reference: reference)
        }
    }
}
