import PMRecord

/// What is to be added to alerts that were told: bursts that have grown since, each told again no more often than its
/// pace allows.
///
///     told ──2 s──▶ follow-up ──6 s──▶ follow-up ──18 s──▶ follow-up ──54 s──▶ follow-up
///
/// The first telling never waits. A burst lasts two minutes at most, so that it has five follow-ups at most.
struct FollowUps: Sendable {
    /// What is known of an alert's burst that has not been told.
    struct Untold: Sendable {
        let type: AlertType
        let subscriber: String?
        /// The trade to show.
        var trade: AlertTrade
        /// The least of the trades that came since.
        var seq: UInt64?
        let due: ContinuousClock.Instant
    }

    private var untold: [String: Untold] = [:]

    private static let firstPause = Duration.seconds(2)
    private static let factor = 3
    /// Alerts at once; those of one more are told at once.
    private static let most = 10_000

    var deadline: ContinuousClock.Instant? { untold.values.lazy.map(\.due).min() }

    var isFull: Bool { untold.count >= Self.most }

    func isHolding(upTo seq: UInt64) -> Bool {
        untold.values.contains { ($0.seq ?? 0) <= seq }
    }

    /// How long after a telling the next follow-up may leave.
    ///
    /// - Parameter followUps: How many there have been.
    static func pause(after followUps: Int) -> Duration {
        (0..<min(followUps, 3)).reduce(firstPause) { pause, _ in pause * factor }
    }

    /// Notes that an alert's burst has grown.
    mutating func note(_ id: String, _ news: Untold) {
        guard let before = untold[id] else { return untold[id] = news }
        untold[id]!.trade = news.trade
        untold[id]!.seq = min(before.seq ?? 0, news.seq ?? 0)
    }

    /// Forgets what is being told of an alert anyway.
    mutating func remove(_ id: String) {
        untold[id] = nil
    }

    /// What is due, in the order of its time.
    ///
    /// - Parameter now: `nil` for all there is.
    mutating func release(at now: ContinuousClock.Instant?) -> [(id: String, news: Untold)] {
        let due = untold.filter { now == nil || $0.value.due <= now! }
        for (id, _) in due { untold[id] = nil }
        return due.sorted { ($0.value.due, $0.key) < ($1.value.due, $1.key) }.map { ($0.key, $0.value) }
    }
}
