import DequeModule

/// Holds marks back until the first final revision of every earlier trade has been emitted.
package struct MarkGate: Sendable {
    /// A trade's number in the order of arrival.
    package typealias Ordinal = Int

    private var first: Ordinal = 0
    /// The trades from `first` on: `true` for those that were emitted.
    private var hasLeft: Deque<Bool> = []
    private var marks: Deque<(line: [UInt8], after: Ordinal)> = []

    package init() {}

    /// Marks held back.
    package var count: Int { marks.count }

    /// Adds a trade.
    package mutating func enter() -> Ordinal {
        hasLeft.append(false)
        return first + hasLeft.count - 1
    }

    /// Records that a trade was emitted.
    package mutating func leave(_ trade: Ordinal) {
        hasLeft[trade - first] = true
        while hasLeft.first == true {
            hasLeft.removeFirst()
            first += 1
        }
    }

    /// Adds a mark after all trades so far.
    package mutating func hold(_ mark: [UInt8]) {
        marks.append((mark, first + hasLeft.count))
    }

    /// Removes the next mark that may be emitted.
    package mutating func release() -> [UInt8]? {
        guard let mark = marks.first, mark.after <= first else { return nil }
        marks.removeFirst()
        return mark.line
    }
}
