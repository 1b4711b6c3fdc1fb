import PMFlow

/// What became of an alert on a channel.
package enum Outcome: Sendable, Equatable {
    case delivered
    /// Given up: the receiver refused it, or stayed away through every attempt.
    case dead(String)
    /// Not settled when it was last told about; attempts go on.
    case pending
}

/// What a receiver's answer, or its silence, means.
package enum Reply: Sendable, Equatable {
    /// - Parameter reference: What the receiver calls the message, so that it can be edited.
    case delivered(reference: String?)
    /// Slow down: not before that time has passed, if one was named.
    case limited(Duration?)
    /// It may work later.
    case failed(String)
    /// This alert will never be taken.
    case refused(String)
    /// No alert will be taken any more: the receiver is gone, or has shut us out.
    case closed(String)
}

/// An alert on its way to one channel.
package struct Parcel: Sendable {
    package var alert: Alert
    /// Attempts made.
    package fileprivate(set) var attempts = 0
    /// The message to edit, where the receiver has an earlier revision of the alert.
    package fileprivate(set) var edits: String?

    fileprivate let since: ContinuousClock.Instant
    fileprivate var notBefore: ContinuousClock.Instant
    fileprivate var backoff: Backoff<SplitMix64>
}

/// The queue of one channel: what goes out next, when, and when to give up. Decides, never sends.
///
///     waiting ──next──▶ in flight ──delivered, refused──▶ settled
///        ▲                   │
///        └──────failed───────┘   after a pause that grows; after 12 attempts or 24 h: dead
///
/// One alert is under way at a time, so that a receiver that fails is asked by one request after the other, and a
/// follow-up never overtakes what it follows. While the receiver asks for patience, nothing goes out.
package struct Delivery: Sendable {
    package struct Limits: Sendable {
        /// Alerts that wait, at most; a further one is dead at once.
        package var capacity = 1000
        package var attempts = 12
        package var age = Duration.seconds(24 * 3600)
        package var firstPause = Duration.milliseconds(500)
        package var longestPause = Duration.seconds(300)
        /// The longest pause on a receiver's word.
        package var longestPatience = Duration.seconds(900)

        package init() {}
    }

    package struct Settlement: Sendable {
        package let alert: Alert
        package let outcome: Outcome
        package let attempts: Int
    }

    private let limits: Limits
    private var waiting: [Parcel] = []
    private var inFlight: Parcel?
    private var closedUntil: ContinuousClock.Instant?
    private var closedForGood: String?
    /// Grows while the receiver fails whatever it is sent, and keeps alerts from each trying it in turn.
    private var pause: Backoff<SplitMix64>
    private var references = Cache<String, String>(capacity: 1000)
    private var randomness: SplitMix64

    /// For how long a message may still be edited.
    private static let memory = Duration.seconds(3600)

    package init(_ limits: Limits = Limits(), seed: UInt64 = .random(in: 0 ... .max)) {
        self.limits = limits
        randomness = SplitMix64(seed: seed)
        pause = Backoff(
            from: limits.firstPause, to: min(.seconds(30), limits.longestPause),
            using: SplitMix64(seed: randomness.next()))
    }

    package var count: Int { waiting.count + (inFlight == nil ? 0 : 1) }

    package var isClosed: Bool { closedForGood != nil }

    /// Takes an alert on, or settles it at once when it cannot be. A higher revision replaces one that still waits.
    package mutating func add(_ alert: Alert, at now: ContinuousClock.Instant) -> [Settlement] {
        if let closedForGood { return [settlement(alert, .dead(closedForGood), attempts: 0)] }
        if let place = waiting.firstIndex(where: {
            $0.alert.id == alert.id && $0.alert.revision < alert.revision
        }) {
            let older = waiting[place].alert
            waiting[place].alert = alert
            // What it said is said by the newer one, or not at all.
            return [
                settlement(older, .dead("replaced by a later revision"), attempts: waiting[place].attempts)
            ]
        }
        guard waiting.count < limits.capacity else {
            return [settlement(alert, .dead("too many alerts are waiting for this channel"), attempts: 0)]
        }
        waiting.append(
            Parcel(
                alert: alert, since: now, notBefore: now,
                backoff: Backoff(
                    from: limits.firstPause, to: limits.longestPause,
                    using: SplitMix64(seed: randomness.next()))))
        return []
    }

    /// When ``next(at:)`` may have something to send; `nil` while an alert is under way, or none waits.
    package var deadline: ContinuousClock.Instant? {
        guard inFlight == nil, let earliest = waiting.lazy.map(\.notBefore).min() else { return nil }
        return max(earliest, closedUntil ?? earliest)
    }

    /// What to send now. Its answer, or the lack of one, is told to ``settle(_:at:)``.
    package mutating func next(at now: ContinuousClock.Instant) -> Parcel? {
        guard inFlight == nil, (closedUntil ?? now) <= now,
            let place = waiting.firstIndex(where: { $0.notBefore <= now })
        else { return nil }
        var parcel = waiting.remove(at: place)
        parcel.attempts += 1
        parcel.edits = references.value(for: parcel.alert.id, at: now)
        inFlight = parcel
        return parcel
    }

    /// Takes in what became of the alert under way.
    package mutating func settle(_ reply: Reply, at now: ContinuousClock.Instant) -> [Settlement] {
        guard var parcel = inFlight.take() else { return [] }
        switch reply {
        case .delivered(let reference):
            pause.reset()
            closedUntil = nil
            if let reference {
                references.set(reference, for: parcel.alert.id, until: now + Self.memory)
            }
            return [settlement(parcel, .delivered)]
        case .refused(let reason):
            pause.reset()
            return [settlement(parcel, .dead(reason))]
        case .closed(let reason):
            closedForGood = reason
            let all = [parcel] + waiting
            waiting = []
            return all.map { settlement($0, .dead(reason)) }
        case .limited(let patience):
            // Being told to wait is no failure of this alert: only its age counts.
            parcel.attempts -= 1
            closedUntil = now + min(patience ?? pause.next(), limits.longestPatience)
            return retry(parcel, after: .zero, "the receiver asks for patience", at: now)
        case .failed(let reason):
            let wait = pause.next()
            // The first failure may be this alert's alone; from the second on, it is the receiver's.
            if pause.failures > 1 { closedUntil = now + wait }
            return retry(parcel, after: parcel.backoff.next(), reason, at: now)
        }
    }

    /// Settles all that is left, as the process ends.
    package mutating func abandon() -> [Settlement] {
        defer { (waiting, inFlight) = ([], nil) }
        return ((inFlight.map { [$0] } ?? []) + waiting).map { settlement($0, .pending) }
    }

    private mutating func retry(
        _ parcel: Parcel, after wait: Duration, _ reason: String, at now: ContinuousClock.Instant
    ) -> [Settlement] {
        guard parcel.attempts < limits.attempts, parcel.since.duration(to: now) < limits.age else {
            return [settlement(parcel, .dead(reason))]
        }
        var parcel = parcel
        parcel.notBefore = now + wait
        // Before those of its age or younger, unless one of them is a later revision of itself.
        if waiting.contains(where: { $0.alert.id == parcel.alert.id }) {
            return [settlement(parcel, .dead("replaced by a later revision"))]
        }
        waiting.insert(parcel, at: 0)
        return []
    }

    private func settlement(_ parcel: Parcel, _ outcome: Outcome) -> Settlement {
        settlement(parcel.alert, outcome, attempts: parcel.attempts)
    }

    private func settlement(_ alert: Alert, _ outcome: Outcome, attempts: Int) -> Settlement {
        Settlement(alert: alert, outcome: outcome, attempts: attempts)
    }
}
