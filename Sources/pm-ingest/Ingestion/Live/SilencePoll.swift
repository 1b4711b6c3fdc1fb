import PMRecord

/// Decides when to poll the Data API because no feed is received; never polls.
package struct SilencePoll: Sendable {
    package enum Action: Equatable, Sendable {
        case keep
        /// - Parameter since: When the feed was last received.
        case start(since: Timestamp)
        case stop
    }

    private let delay: Duration
    private var lastReceived: Timestamp
    private var silentSince: ContinuousClock.Instant?

    /// - Parameters:
    ///   - delay: The time from the watchdog's verdict to the first poll; zero for never.
    ///   - began: Up to when the feed counts as received before its first data.
    package init(after delay: Duration, began: Timestamp) {
        self.delay = delay
        lastReceived = began
    }

    /// Data of the required type arrived.
    package mutating func received(at time: Timestamp) {
        lastReceived = time
    }

    /// - Parameter isReceiving: True if the feed is received, as the watchdog judges.
    package mutating func check(isReceiving: Bool, at now: ContinuousClock.Instant) -> Action {
        guard delay > .zero else { return .keep }
        guard !isReceiving else {
            guard silentSince != nil else { return .keep }
            silentSince = nil
            return .stop
        }
        let since = silentSince ?? now
        silentSince = since
        return since.duration(to: now) >= delay ? .start(since: lastReceived) : .keep
    }
}
