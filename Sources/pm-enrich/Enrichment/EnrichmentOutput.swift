import PMRecord

/// The lines to emit, in order, and the marks that wait for the trades before them.
struct EnrichmentOutput: Sendable {
    private var lines: [[UInt8]] = []
    private var markGate = MarkGate()
    /// The sequence number of the last mark that was emitted.
    private(set) var lastMark: UInt64?
    /// Emitted lines beyond one per input line: later revisions, and records of this stage.
    private(set) var amended = 0
    /// Lines that were emitted without some of their members, because they would have been too long.
    private(set) var shortened = 0

    var heldMarks: Int { markGate.count }

    /// Returns and removes the lines.
    mutating func take() -> [[UInt8]] {
        defer { lines = [] }
        return lines
    }

    /// Emits an unchanged line of the input.
    mutating func pass(_ line: [UInt8]) {
        lines.append(line)
    }

    /// Emits a record of this stage.
    mutating func emit(_ record: [UInt8]) {
        lines.append(record)
        amended += 1
    }

    /// Emits a revision of a trade, shortened to the longest line that the next stage takes.
    ///
    /// - Parameter isAmendment: True if another revision of this trade was emitted before.
    mutating func emit(_ revision: [UInt8], of trade: TradeLine, isAmendment: Bool = false) {
        if isAmendment { amended += 1 }
        guard revision.count > Record.longestLine else { return lines.append(revision) }
        shortened += 1
        lines.append(Record.fitted(revision, insteadOf: trade.record.bytes.span))
    }

    /// Adds a mark, to be emitted after the first final revisions of all trades so far.
    mutating func add(mark: [UInt8]) {
        markGate.hold(mark)
        releaseMarks()
    }

    /// Makes later marks wait for a trade.
    mutating func enter() -> MarkGate.Ordinal { markGate.enter() }

    /// Releases the marks that waited for a trade.
    mutating func leave(_ trade: MarkGate.Ordinal) {
        markGate.leave(trade)
        releaseMarks()
    }

    private mutating func releaseMarks() {
        while let mark = markGate.release() {
            lines.append(mark)
            lastMark = (try? Record(mark))?.unsigned(Key.seq) ?? lastMark
        }
    }
}
