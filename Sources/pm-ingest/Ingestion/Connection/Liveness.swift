/// The types of data that one connection receives, each judged by a ``Watchdog`` of its own.
struct Liveness {
    private let bounds: Watchdog.Bounds
    private var watchdogs: [String: Watchdog] = [:]

    init(_ bounds: Watchdog.Bounds) {
        self.bounds = bounds
    }

    /// Expects data of that type from now on.
    ///
    /// - Parameter pause: The type's usual pause on earlier connections.
    mutating func expect(_ type: String, pause: Duration?, at now: ContinuousClock.Instant) {
        watchdogs[type] = Watchdog(bounds, pause: pause, at: now)
    }

    /// Stops expecting data of that type until some arrives.
    mutating func forget(_ type: String) {
        watchdogs[type] = nil
    }

    /// Data of that type arrived.
    mutating func received(_ type: String, at now: ContinuousClock.Instant) {
        watchdogs[type, default: Watchdog(bounds, at: now)].received(at: now)
    }

    /// Returns the type's usual pause; `nil` until it is known.
    func pause(of type: String) -> Duration? { watchdogs[type]?.pause }

    /// Returns when data of that type last arrived; `nil` before any did.
    func lastData(of type: String) -> ContinuousClock.Instant? { watchdogs[type]?.lastData }

    /// Returns true if data of that type arrives, as far as is known.
    ///
    /// - Parameter since: Also requires that it arrived at or before that time. The default requires nothing.
    func isReceiving(
        _ type: String, at now: ContinuousClock.Instant, since: ContinuousClock.Instant? = nil
    ) -> Bool {
        watchdogs[type].map { $0.hasReceived(before: since ?? now) && !$0.isSilent(at: now) } ?? false
    }

    /// Returns true if data of another type arrived within the shortest silence that counts.
    func isReceiving(otherThan type: String, at now: ContinuousClock.Instant) -> Bool {
        watchdogs.contains { $0.key != type && $0.value.hasReceived(since: now - bounds.least) }
    }

    /// Returns a type that has been silent for too long; the first in alphabetical order.
    func silentType(at now: ContinuousClock.Instant) -> String? {
        watchdogs.keys.sorted().first { watchdogs[$0]!.isSilent(at: now) }
    }

    /// When the next type will have been silent for too long.
    var deadline: ContinuousClock.Instant? { watchdogs.values.map(\.deadline).min() }
}
