import PMRecord

/// Tracks how far back all emitted trades are remembered: for an older stretch, an audit could not tell a missed trade
/// from an emitted one.
package struct DeduplicationWindow: Sendable {
    private let capacity: Int
    /// The counts of emitted trades at some times, oldest first. All trades since the first are remembered.
    private var samples: [(emitted: Int, time: Timestamp)] = []
    private var hasForgotten = false

    /// - Parameter capacity: Trades remembered.
    package init(capacity: Int) {
        self.capacity = capacity
    }

    /// Since when all trades are remembered; `nil` while none has been forgotten.
    package var start: Timestamp? { hasForgotten ? samples.first?.time : nil }

    /// Notes how many trades have been emitted up to now. More calls make ``start`` more exact.
    package mutating func note(emitted: Int, at now: Timestamp) {
        samples.append((emitted, now))
        let first = samples.firstIndex { emitted - $0.emitted <= capacity }!
        hasForgotten = hasForgotten || first > 0
        samples.removeFirst(first)
    }
}
