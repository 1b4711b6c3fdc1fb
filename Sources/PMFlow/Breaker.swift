/// Whether a service is worth asking: after several failures within a short time it is left alone for a while.
///
/// Then one request goes, and only after its success the rest.
package struct Breaker: Sendable {
    package enum State: Sendable, Equatable {
        case closed
        /// Nothing may go.
        case open
        /// One request may go, unless it is under way.
        case halfOpen
    }

    private let threshold: Int
    private let span: Duration
    private let pause: Duration
    private var failures: [ContinuousClock.Instant] = []
    private var openUntil: ContinuousClock.Instant?
    private var isProbing = false

    /// - Parameters:
    ///   - failures: That open it, the last of them within `span` of the first.
    ///   - pause: For which it then stays open.
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

    /// When one request may go again; `nil` while closed.
    package var reopening: ContinuousClock.Instant? { openUntil }

    /// A request goes.
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
