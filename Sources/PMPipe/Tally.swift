import PMRecord

/// What went wrong, by where; the same words in status files, logs and metrics.
package enum ErrorCategory: String, Sendable, CaseIterable {
    case websocket, api, database, enrichment, delivery, input
}

/// What came in, and what became of it: in + amended = out + dropped + rejected + what is still held.
package struct Tally: Sendable {
    package var linesIn = 0
    package var linesOut = 0
    /// Lines made besides those that came in: a later revision, a mark, an alert.
    package var amended = 0
    package var rejected = 0
    /// Lines that left without all they had, for it would have made them longer than a line may be.
    package var shortened = 0
    package var dropped: [String: Int] = [:]
    package var lastInputAt: Timestamp?
    package var lastMark: UInt64?

    package init() {}
}
