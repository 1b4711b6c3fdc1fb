/// The alerts that are collected for the next digest of a channel.
struct PendingDigest {
    private(set) var isRedelivery = false
    /// The times of the first and of the last addition.
    let first: ContinuousClock.Instant
    private(set) var last: ContinuousClock.Instant
    private var alerts: [AlertReference] = []
    private var indexes: [CompactID: Int] = [:]

    init(at now: ContinuousClock.Instant) {
        (first, last) = (now, now)
    }

    var isEmpty: Bool { alerts.isEmpty }

    /// Adds an alert.
    ///
    /// - Returns: The earlier revision that it replaces.
    mutating func add(
        _ alert: AlertReference, isRedelivery: Bool, at now: ContinuousClock.Instant
    ) -> AlertReference? {
        last = now
        self.isRedelivery = self.isRedelivery || isRedelivery
        if let index = indexes[alert.id] {
            defer { alerts[index] = alert }
            return alerts[index]
        }
        indexes[alert.id] = alerts.count
        alerts.append(alert)
        return nil
    }

    /// Removes and returns the first alerts.
    mutating func take(_ count: Int) -> [AlertReference] {
        guard count < alerts.count else {
            defer { (alerts, indexes) = ([], [:]) }
            return alerts
        }
        defer {
            alerts.removeFirst(count)
            indexes = Dictionary(uniqueKeysWithValues: alerts.enumerated().map { ($1.id, $0) })
        }
        return Array(alerts.prefix(count))
    }
}
