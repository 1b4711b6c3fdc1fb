import PMRecord

/// The times at which the head of the pipeline passed its marks, to measure how far another stage is behind it.
package struct LagTracker {
    private var seen: [(mark: Int, at: Timestamp)] = []
    private static let capacity = 1000

    package init() {}

    /// Records the time at which the head of the pipeline reached `mark`. A mark that is not newer than the last one
    /// is ignored.
    package mutating func headReached(_ mark: Int, at now: Timestamp) {
        guard mark > seen.last?.mark ?? -1 else { return }
        seen.append((mark, now))
        if seen.count > 2 * Self.capacity { seen.removeFirst(Self.capacity) }
    }

    /// Returns the time since the head went beyond `mark`, a stage's own last mark; zero if it has not.
    package func lag(at mark: Int, _ now: Timestamp) -> Duration {
        guard let passed = seen.first(where: { $0.mark > mark }) else { return .zero }
        return max(.zero, passed.at.duration(to: now))
    }
}
