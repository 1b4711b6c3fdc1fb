/// A circuit breaker: after several failures within a short time, a service gets no requests for a while.
///
/// Then one request, the probe, may go, and only after its success the rest.
package struct Breaker: Sendable {
    package enum State: Sendable, Equatable {
        case closed
        /// No request may go.
        case open
        /// One request may go, unless one is in flight.
        case halfOpen
    }

    private let threshold: Int
    private let span: Duration
    private let pause: Duration
    private var failures: [ContinuousClock.Instant] = []
    private var openUntil: ContinuousClock.Instant?
    private var isProbing = false

    /// - Parameters:
    ///   - failures: The failures within `span` that open it.
    ///   - pause: The time for which it then stays open.
    package init(failures: Int = 5, within span: Duration = .seconds(10), pause: Duration = .seconds(30)) {
        precondition(failures > 0)
        threshold = failures
        self.span = span
        self.pause = pause
    }

    package func state(at now: ContinuousClock.Instant) -> State {
        guard let openUntil else { return .closed }
        return now < openUntil ? .open : .halfOpen
    }

    package func allows(at now: ContinuousClock.Instant) -> Bool {
        switch state(at: now) {
        case .closed: true
        case .open: false
        case .halfOpen: !isProbing
        }
    }

    /// Records that a request was sent.
    package mutating func sent() {
        isProbing = openUntil != nil
    }

    package mutating func succeeded() {
        failures.removeAll()
        openUntil = nil
        isProbing = false
    }

    package mutating func failed(at now: ContinuousClock.Instant) {
        let start = now - span
        failures.removeAll { $0 < start }
        failures.append(now)
        guard isProbing || failures.count >= threshold else { return }
        openUntil = now + pause
        isProbing = false
        failures.removeAll()
    }
}
