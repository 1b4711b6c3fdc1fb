/// Whose turn it is, of two that share one budget: four turns are the first's and one is the second's, strictly, while
/// both want; either takes what the other leaves.
package struct WeightedTurns: Sendable {
    /// WeightedTurns of the first for each of the second.
    private let ratio: Int
    /// WeightedTurns that the first has had since the second's last.
    private var count = 0

    package init(ratio: Int = 4) {
        precondition(ratio > 0)
        self.ratio = ratio
    }

    /// Whether the turn is the second's, when both want one.
    package var isSecond: Bool { count >= ratio }

    /// A turn was taken.
    ///
    /// - Parameter wasContested: Whether the other wanted it too; what one takes alone is not held against it.
    package mutating func took(second: Bool, wasContested: Bool) {
        if second {
            count = 0
        } else if wasContested {
            count += 1
        }
    }
}
