import Database

/// A line that is not stored, and the reason.
package struct RejectedLine: Sendable {
    /// The line number in the input, from 1.
    let number: Int
    let line: [UInt8]
    let reason: String

    package init(number: Int, line: [UInt8], reason: String) {
        self.number = number
        self.line = line
        self.reason = reason
    }
}

/// An input line after its check.
package enum CheckedLine: Sendable {
    case storable(StorableLine)
    case rejected(RejectedLine)
}

/// A batch in ``BatchQueue``, with the rejected lines that came in among its lines.
package struct QueuedBatch: Sendable {
    /// The batch number, from 0.
    let ordinal: Int
    package var batch = Batch()
    package var rejected: [RejectedLine] = []

    var isEmpty: Bool { batch.isEmpty && rejected.isEmpty }
}
