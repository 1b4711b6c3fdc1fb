import PMRecord

/// A further revision of an alert: its burst has grown, or more is known of its trade.
struct FollowUp: Sendable {
    /// The id of the alert.
    let id: String
    let type: AlertType
    let subscriber: String?
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
    private var waiting: [String: FollowUp] = [:]

    private static let firstPause = Duration.seconds(2)
    private static let factor = 3
    /// The most alerts with a waiting follow-up; beyond that, a follow-up does not wait.
    private static let capacity = 10_000

    var deadline: ContinuousClock.Instant? { waiting.values.lazy.map(\.due).min() }

    var isFull: Bool { waiting.count >= Self.capacity }

    /// Returns true if a trade with this sequence number or a lower one is part of a waiting follow-up.
    func isHolding(upTo seq: UInt64) -> Bool {
        waiting.values.contains { ($0.seq ?? 0) <= seq }
    }

    /// Returns the pause before an alert's next follow-up.
    ///
    /// - Parameter count: The number of its follow-ups so far.
    static func pause(after count: Int) -> Duration {
        (0..<min(count, 3)).reduce(firstPause) { pause, _ in pause * factor }
    }

    /// Adds a follow-up, or merges it into the one that waits for the same alert.
    mutating func add(_ followUp: FollowUp) {
        guard let earlier = waiting[followUp.id] else {
            waiting[followUp.id] = followUp
            return
        }
        waiting[followUp.id]!.trade = followUp.trade
        waiting[followUp.id]!.seq = min(earlier.seq ?? 0, followUp.seq ?? 0)
    }

    mutating func remove(_ id: String) {
        waiting[id] = nil
    }

    /// Removes and returns the follow-ups that are due, by due time.
    ///
    /// - Parameter now: `nil` for all of them.
    mutating func release(at now: ContinuousClock.Instant?) -> [FollowUp] {
        let due = waiting.values.filter { now == nil || $0.due <= now! }
        for followUp in due { waiting[followUp.id] = nil }
        return due.sorted { ($0.due, $0.id) < ($1.due, $1.id) }
    }
}
