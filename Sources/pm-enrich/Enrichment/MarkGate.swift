import Collections

/// Holds marks back until every trade before them has left with its first final revision.
package struct MarkGate: Sendable {
    /// A trade's place among the trades.
    package typealias Ordinal = Int

    private var first: Ordinal = 0
    /// Of the trades from `first` on, which have left.
    private var hasLeft: Deque<Bool> = []
    private var marks: Deque<(line: [UInt8], after: Ordinal)> = []

    package init() {}

    /// Marks held back.
    package var count: Int { marks.count }

    /// A trade came in.
    package mutating func enter() -> Ordinal {
        hasLeft.append(false)
        return first + hasLeft.count - 1
    }

    /// A trade left for good.
    package mutating func leave(_ trade: Ordinal) {
        hasLeft[trade - first] = true
        while hasLeft.first == true {
            hasLeft.removeFirst()
            first += 1
        }
    }

    /// A mark came in, which stands behind all the trades so far.
    package mutating func hold(_ mark: [UInt8]) {
        marks.append((mark, first + hasLeft.count))
    }

    /// The next mark that may leave.
    package mutating func release() -> [UInt8]? {
        guard let mark = marks.first, mark.after <= first else { return nil }
        marks.removeFirst()
        return mark.line
    }
}
