import PMRecord

/// Error categories, with the same names in status files, logs and metrics.
package enum ErrorCategory: String, Sendable, CaseIterable {
    case websocket, api, database, enrichment, delivery, input
}

/// Counts of lines by their fate: in + amended = out + dropped + consumed + rejected + held.
package struct Tally: Sendable {
    package var linesIn = 0
    package var linesOut = 0
    /// Lines that a stage adds to its input: a later revision, a mark, an alert.
    package var amended = 0
    package var rejected = 0
    /// Lines emitted without some optional members, which would have made them longer than a line may be.
    package var shortened = 0
    package var dropped: [String: Int] = [:]
    /// Lines that end here as they should, by kind: pm-alert's output has records of its own.
    package var consumed: [String: Int] = [:]
    package var lastInputAt: Timestamp?
    package var lastMark: UInt64?

    package init() {}
}
