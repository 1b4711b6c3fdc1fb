import DequeModule
import PMRecord

/// The marks whose earlier trades are not all decided on yet, in order of arrival.
struct PendingMarks {
    private var marks: Deque<Mark> = []

    /// Adds a mark. It replaces earlier marks of its stream that could be passed now.
    mutating func add(_ mark: Mark, _ rules: Rules) {
        marks.removeAll { $0.stream == mark.stream && !rules.isHolding(upTo: $0.seq) }
        marks.append(mark)
    }

    /// Removes and returns the first mark, unless an alert is outstanding for a trade before it.
    mutating func next(_ rules: Rules) -> Mark? {
        guard let mark = marks.first, !rules.isHolding(upTo: mark.seq) else { return nil }
        return marks.removeFirst()
    }
}
