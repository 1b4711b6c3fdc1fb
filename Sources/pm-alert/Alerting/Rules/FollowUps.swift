import PMRecord

/// A further revision of an alert: its burst has grown, or more is known of its trade.
struct FollowUp: Sendable {
    /// The id of the alert.
    let id: CompactID
    let place: IssuedAlerts.Place
    let type: AlertType
    /// The trade to display.
    var trade: AlertTrade
    /// The lowest sequence number of the trades since the last revision.
    var seq: UInt64?
    let due: ContinuousClock.Instant
}

/// The follow-ups that wait for their time. Each alert has at most one, and the pauses between them grow:
///
///     alert ──2 s──▶ follow-up ──6 s──▶ follow-up ──18 s──▶ follow-up ──54 s──▶ follow-up
///
/// A burst lasts two minutes at most, and so has at most five follow-ups.
struct FollowUps: Sendable {
    private var waiting: [IssuedAlerts.Place: FollowUp] = [:]
    /// The least due time of those in ``waiting``, or an earlier one.
    private var earliest: ContinuousClock.Instant?
    private var numbers = SequenceNumbers()

    private static let firstPause = Duration.seconds(2)
    private static let factor = 3
    /// The most alerts with a waiting follow-up; beyond that, a follow-up does not wait.
    private static let capacity = 10_000

    var deadline: ContinuousClock.Instant? { earliest }

    var isFull: Bool { waiting.count >= Self.capacity }

    /// Returns true if a trade with this sequence number or a lower one is part of a waiting follow-up.
    func isHolding(upTo seq: UInt64) -> Bool { numbers.least.map { $0 <= seq } ?? false }

    /// Returns the pause before an alert's next follow-up.
    ///
    /// - Parameter count: The number of its follow-ups so far.
    static func pause(after count: Int) -> Duration {
        (0..<min(count, 3)).reduce(firstPause) { pause, _ in pause * factor }
    }

    /// Adds a follow-up, or merges it into the one that waits for the same alert.
    mutating func add(_ followUp: FollowUp) {
        var merged = followUp
        if let earlier = waiting[followUp.place] {
            merged = earlier
            merged.trade = followUp.trade
            merged.seq = min(earlier.seq ?? 0, followUp.seq ?? 0)
            numbers.remove(earlier.seq ?? 0)
        }
        waiting[followUp.place] = merged
        numbers.add(merged.seq ?? 0)
        earliest = min(earliest ?? merged.due, merged.due)
    }

    mutating func remove(_ place: IssuedAlerts.Place) {
        guard let followUp = waiting.removeValue(forKey: place) else { return }
        numbers.remove(followUp.seq ?? 0)
        if followUp.due == earliest { earliest = waiting.values.lazy.map(\.due).min() }
    }

    /// Removes and returns the follow-ups that are due, by due time.
    ///
    /// - Parameter now: `nil` for all of them.
    mutating func release(at now: ContinuousClock.Instant?) -> [FollowUp] {
        if let now, let earliest, earliest > now { return [] }
        let due = waiting.values.filter { now == nil || $0.due <= now! }
        for followUp in due {
            waiting[followUp.place] = nil
            numbers.remove(followUp.seq ?? 0)
        }
        earliest = waiting.values.lazy.map(\.due).min()
        return due.sorted { ($0.due, $0.id.description) < ($1.due, $1.id.description) }
    }
}
