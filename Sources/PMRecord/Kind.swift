/// The subject of a record. A line of any other kind is passed on unchanged.
package enum Kind: String, Sendable, CaseIterable {
    case trade, mark, gap, audit, leaderboard, portfolio, alert
    /// A trade did not settle on chain.
    case retract
    /// The inverse: a retracted trade has settled after all.
    case restore
    /// How a trade turned out, and the resolution of a market.
    case outcome, resolution
    /// A raw frame in a recording.
    case frame
    /// A line that a stage could not use, in a `--rejects` file.
    case reject
}

/// The feed that a trade came from.
package enum Feed: String, Sendable, CaseIterable {
    /// RTDS, topic `activity`.
    case activity
    /// The market channel of the CLOB.
    case market
}

/// The way by which a trade was received.
package enum Via: String, Sendable {
    case live, backfill, replay
}

package enum Side: String, Sendable, CaseIterable {
    case buy = "BUY"
    case sell = "SELL"
}

/// The part that a wallet had in a match: key `role` of a trade, absent when unknown.
package enum Role: String, Sendable, CaseIterable {
    /// The order that was matched against resting ones. Each match has exactly one.
    case taker
    /// A resting order. A match has one or more.
    case maker
}

/// The progress of a trade's enrichment; absent when no enricher is in the chain.
package enum EnrichmentState: String, Sendable {
    case pending, enriched, partial, failed, skipped

    /// True if no better revision will follow.
    package var isFinal: Bool { self != .pending }
}
