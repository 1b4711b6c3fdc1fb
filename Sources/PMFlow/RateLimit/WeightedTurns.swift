/// Divides turns between two queues that share one budget: four for the first and one for the second while both want
/// turns. Each takes what the other leaves.
package struct WeightedTurns: Sendable {
    /// Turns of the first queue for each turn of the second.
    private let ratio: Int
    /// Contested turns of the first queue since the second's last turn.
    private var count = 0

    package init(ratio: Int = 4) {
        precondition(ratio > 0)
        self.ratio = ratio
    }

    /// True if the turn is the second queue's, when both want one.
    package var isSecond: Bool { count >= ratio }

    /// Records a turn.
    ///
    /// - Parameter wasContested: True if the other queue wanted the turn too. Uncontested turns are free.
    package mutating func record(second: Bool, wasContested: Bool) {
        if second {
            count = 0
        } else if wasContested {
            count += 1
        }
    }
}
