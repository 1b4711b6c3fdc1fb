import PMRecord

/// How many trades left in each state.
package struct EnrichmentCounts: Sendable, Equatable {
    package private(set) var pending = 0
    package private(set) var enriched = 0
    package private(set) var partial = 0
    package private(set) var failed = 0
    package private(set) var skipped = 0
    /// Told once more, with more, after a later try.
    package var retried = 0
    /// Answers that were none of what the service documents.
    package internal(set) var unreadable = 0

    package init() {}

    mutating func count(_ state: EnrichmentState) {
        switch state {
        case .pending: pending += 1
        case .enriched: enriched += 1
        case .partial: partial += 1
        case .failed: failed += 1
        case .skipped: skipped += 1
        }
    }
}
