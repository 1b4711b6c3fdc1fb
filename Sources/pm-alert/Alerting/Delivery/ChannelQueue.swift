import PMFlow

/// The queue of one channel: what goes out next, when, and when to give up. Decides, never sends.
///
///     waiting ──next──▶ in flight ──delivered, refused──▶ settled
///        ▲  ▲                │
///        │  └─────failed─────┘   after a pause that grows; after 24 h: dead
///       late, and what is too much: gathered, and sent as one message
///
/// One message is under way at a time, so that a receiver that fails is asked by one request after the other, and a
/// follow-up never overtakes what it follows. While the receiver asks for patience, nothing goes out. One that is away is
/// waited for, however often it fails; a message that fails while others arrive is given up sooner.
package struct ChannelQueue: Sendable {
    package struct Limits: Sendable {
        /// Alerts that wait, each as a message of its own; further ones are gathered.
        package var capacity = 1000
        /// Failures of one message, since each of which the receiver has taken another, after which it is given up.
        package var attempts = 12
        package var age = Duration.seconds(24 * 3600)
        package var firstPause = Duration.milliseconds(500)
        package var longestPause = Duration.seconds(300)
        /// The longest pause on a receiver's word.
        package var longestPatience = Duration.seconds(900)
        /// The least time between two messages.
        package var interval = Duration.zero
        /// Late alerts are sent as one message when none has come for so long, or the first has waited ten times that.
        package var gathering = Duration.seconds(2)

        package init() {}
    }

    package struct Settlement: Sendable {
        package let alert: Alert
        package let outcome: Outcome
        package let attempts: Int
        /// What the receiver calls the message.
        package let reference: String?
    }

    private struct Gathered {
        var alerts: [Alert] = []
        var isRedelivery = false
        var first: ContinuousClock.Instant
        var last: ContinuousClock.Instant
    }

    private let limits: Limits
    private var waiting: [AlertMessage] = []
    /// How many of those that wait tell of which alert, so that a new one need not be compared with a thousand.
    private var waitingFor: [String: Int] = [:]
    private var late: Gathered?
    private var inFlight: AlertMessage?
    /// Until when nothing leaves: the receiver wants to be left alone, or has failed.
    package private(set) var closedUntil: ContinuousClock.Instant?
    private var closedForGood: String?
    /// Messages that have arrived.
    private var taken = 0
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

    /// Alerts that are not settled.
    package var count: Int {
        waiting.reduce(inFlight?.alerts.count ?? 0) { $0 + $1.alerts.count } + (late?.alerts.count ?? 0)
    }

    /// The message under way.
    package var underWay: AlertMessage? { inFlight }

    /// Notes that the message under way may have arrived, though nobody says so: it stays in doubt until it is settled.
    package mutating func doubt() { inFlight?.isRedelivery = true }

    package var isClosed: Bool { closedForGood != nil }

    /// Takes an alert on, or settles it at once when it cannot be. A higher revision replaces one that still waits.
    ///
    /// - Parameters:
    ///   - isLate: Whether its time has passed, so that it is gathered with others.
    ///   - isRedelivery: Whether the receiver may have it already.
    package mutating func add(
        _ alert: Alert, isLate: Bool = false, isRedelivery: Bool = false, at now: ContinuousClock.Instant
    ) -> [Settlement] {
        if let closedForGood { return [settlement(alert, .dead(closedForGood), attempts: 0)] }
        if waitingFor[alert.id] != nil, let place = waiting.firstIndex(where: { $0.isOlder(than: alert) }) {
            let older = waiting[place]
            waiting[place].alerts = [alert]
            // What it said is said by the newer one, or not at all.
            return [settlement(older.alert, .replaced, attempts: older.attempts)]
        }
        if isLate || waiting.count >= limits.capacity {
            return gather(alert, isRedelivery: isRedelivery, at: now)
        }
        enqueue(parcel([alert], isRedelivery: isRedelivery, at: now), at: waiting.count)
        return []
    }

    /// Remembers what the receiver calls the message of an alert.
    package mutating func remember(_ reference: String, for id: String, at now: ContinuousClock.Instant) {
        references.set(reference, for: id, until: now + Self.memory)
    }

    /// Lets nothing out for so long: the receiver asked an earlier process for it.
    package mutating func hold(for wait: Duration, at now: ContinuousClock.Instant) {
        closedUntil = now + min(wait, limits.longestPatience)
    }

    /// When ``next(at:)`` may have something to send; `nil` while a message is under way, or none waits.
    package var deadline: ContinuousClock.Instant? {
        guard inFlight == nil else { return nil }
        let times = waiting.lazy.map(\.notBefore) + [lateDue].compactMap(\.self)
        guard let earliest = times.min() else { return nil }
        return max(earliest, closedUntil ?? earliest)
    }

    /// What to send now. Its answer, or the lack of one, is told to ``settle(_:at:)``.
    package mutating func next(at now: ContinuousClock.Instant) -> AlertMessage? {
        guard inFlight == nil, (closedUntil ?? now) <= now else { return nil }
        if let lateDue, lateDue <= now, let gathered = late.take() {
            let digest = parcel(gathered.alerts, isRedelivery: gathered.isRedelivery, at: now)
            enqueue(digest, at: waiting.count)
        }
        guard let place = waiting.firstIndex(where: { $0.notBefore <= now }) else { return nil }
        var parcel = dequeue(at: place)
        parcel.attempts += 1
        parcel.edits = parcel.isDigest ? nil : references.value(for: parcel.alert.id, at: now)
        inFlight = parcel
        return parcel
    }

    /// Takes in what became of the message under way.
    package mutating func settle(_ reply: Reply, at now: ContinuousClock.Instant) -> [Settlement] {
        guard var parcel = inFlight.take() else { return [] }
        switch reply {
        case .delivered(let reference, let asked):
            pause.reset()
            taken += 1
            let wait = max(limits.interval, min(asked ?? .zero, limits.longestPatience))
            closedUntil = wait > .zero ? now + wait : nil
            guard !parcel.isDigest else { return settlements(parcel, .folded) }
            let known = reference ?? parcel.edits
            if let known { remember(known, for: parcel.alert.id, at: now) }
            return settlements(parcel, .delivered, reference: known)
        case .refused(let reason):
            pause.reset()
            return settlements(parcel, .dead(reason))
        case .closed(let reason):
            closedForGood = reason
            return ([parcel] + takeWaiting()).flatMap { settlements($0, .dead(reason)) }
        case .limited(let patience):
            // Being told to wait is no failure of this alert: only its age counts.
            parcel.attempts -= 1
            closedUntil = now + min(patience ?? pause.next(), limits.longestPatience)
            return retry(parcel, after: .zero, "the receiver asks for patience", at: now)
        case .vanished:
            references.removeValue(for: parcel.alert.id)
            return retry(parcel, after: .zero, "the message to edit is gone", at: now)
        case .failed(let reason):
            if taken > parcel.takenBefore { parcel.failuresAlone += 1 }
            parcel.takenBefore = taken
            let wait = pause.next()
            // The first failure may be this alert's alone; from the second on, it is the receiver's.
            if pause.failures > 1 { closedUntil = now + wait }
            return retry(parcel, after: parcel.backoff.next(), reason, at: now)
        }
    }

    /// Takes alerts on again after the receiver was gone: the operator may have mended it.
    package mutating func reopen() { closedForGood = nil }

    /// Settles all that is left, as the process ends.
    package mutating func abandon() -> [Settlement] {
        let all = (inFlight.take().map { [$0] } ?? []) + takeWaiting()
        return all.flatMap { settlements($0, .pending) }
    }

    private mutating func gather(
        _ alert: Alert, isRedelivery: Bool, at now: ContinuousClock.Instant
    ) -> [Settlement] {
        // Taken, for what is held twice is copied whole.
        var gathered = late.take() ?? Gathered(first: now, last: now)
        defer { late = gathered }
        gathered.last = now
        gathered.isRedelivery = gathered.isRedelivery || isRedelivery
        if let place = gathered.alerts.firstIndex(where: { $0.id == alert.id }) {
            let older = gathered.alerts[place]
            gathered.alerts[place] = alert
            return [settlement(older, .replaced, attempts: 0)]
        }
        gathered.alerts.append(alert)
        return []
    }

    private var lateDue: ContinuousClock.Instant? {
        late.map { min($0.last + limits.gathering, $0.first + limits.gathering * 10) }
    }

    private mutating func takeWaiting() -> [AlertMessage] {
        defer { (waiting, waitingFor, late) = ([], [:], nil) }
        guard let late else { return waiting }
        return waiting + [parcel(late.alerts, isRedelivery: late.isRedelivery, at: late.last)]
    }

    private mutating func parcel(
        _ alerts: [Alert], isRedelivery: Bool, at now: ContinuousClock.Instant
    ) -> AlertMessage {
        AlertMessage(
            alerts: alerts, isRedelivery: isRedelivery, takenBefore: taken, since: now, notBefore: now,
            backoff: Backoff(
                from: limits.firstPause, to: limits.longestPause, using: SplitMix64(seed: randomness.next())))
    }

    private mutating func retry(
        _ parcel: AlertMessage, after wait: Duration, _ reason: String, at now: ContinuousClock.Instant
    ) -> [Settlement] {
        guard parcel.failuresAlone < limits.attempts, parcel.since.duration(to: now) < limits.age else {
            return settlements(parcel, .dead(reason))
        }
        // A later revision of it came while it was under way.
        if !parcel.isDigest, waitingFor[parcel.alert.id] != nil {
            return settlements(parcel, .replaced)
        }
        var parcel = parcel
        parcel.notBefore = now + wait
        enqueue(parcel, at: 0)
        return []
    }

    private mutating func enqueue(_ parcel: AlertMessage, at place: Int) {
        waiting.insert(parcel, at: place)
        if !parcel.isDigest { waitingFor[parcel.alert.id, default: 0] += 1 }
    }

    private mutating func dequeue(at place: Int) -> AlertMessage {
        let parcel = waiting.remove(at: place)
        if !parcel.isDigest, let count = waitingFor[parcel.alert.id] {
            waitingFor[parcel.alert.id] = count > 1 ? count - 1 : nil
        }
        return parcel
    }

    private func settlements(_ parcel: AlertMessage, _ outcome: Outcome, reference: String? = nil)
        -> [Settlement]
    {
        parcel.alerts.map { settlement($0, outcome, attempts: parcel.attempts, reference: reference) }
    }

    private func settlement(
        _ alert: Alert, _ outcome: Outcome, attempts: Int, reference: String? = nil
    ) -> Settlement {
        Settlement(alert: alert, outcome: outcome, attempts: attempts, reference: reference)
    }
}
