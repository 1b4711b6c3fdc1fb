/// When to set a mark: after so many records, and after so much time, idle too. Decides, never writes.
package struct Marks: Sendable {
    private let period: Duration
    private let most: Int
    private var records = 0
    private var next: ContinuousClock.Instant

    /// - Parameters:
    ///   - period: The longest time between two. The default is 1 s.
    ///   - most: Records between two, at most. The default is 200.
    package init(
        every period: Duration = .seconds(1), orAfter most: Int = 200, at now: ContinuousClock.Instant
    ) {
        self.period = period
        self.most = most
        next = now + period
    }

    /// When the next one is due at the latest.
    package var deadline: ContinuousClock.Instant { next }

    /// A record was told; whether a mark is due behind it.
    package mutating func told() -> Bool {
        records += 1
        return records >= most
    }

    package func isDue(at now: ContinuousClock.Instant) -> Bool { now >= next }

    /// A mark was set.
    package mutating func set(at now: ContinuousClock.Instant) {
        records = 0
        next = now + period
    }
}
