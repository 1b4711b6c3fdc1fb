import PMRecord

/// The number of trades emitted in each state.
package struct EnrichmentCounts: Sendable, Equatable {
    package private(set) var pending = 0
    package private(set) var enriched = 0
    package private(set) var partial = 0
    package private(set) var failed = 0
    package private(set) var skipped = 0
    /// Trades emitted again after a retry that found more.
    package internal(set) var retried = 0

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
