import PMRecord

/// Since when all that was told is remembered: beyond that, what an audit finds may have been told or not.
package struct Horizon: Sendable {
    private let capacity: Int
    /// Times at which so much had been told, oldest first. All that was told since the first is remembered.
    private var moments: [(told: Int, time: Timestamp)] = []
    private var hasForgotten = false

    /// - Parameter capacity: How much is remembered.
    package init(capacity: Int) {
        self.capacity = capacity
    }

    /// `nil` while nothing has been forgotten.
    package var time: Timestamp? { hasForgotten ? moments.first?.time : nil }

    /// Notes how much has been told by now; the oftener, the nearer it comes.
    package mutating func note(told: Int, at now: Timestamp) {
        moments.append((told, now))
        let first = moments.firstIndex { told - $0.told <= capacity }!
        hasForgotten = hasForgotten || first > 0
        moments.removeFirst(first)
    }
}
