import PMJSON
import PMRecord

/// The result of the audit of a stretch of time.
package struct AuditResult: Sendable, Equatable {
    /// The first and the last millisecond of the stretch.
    package let from: Timestamp
    package let to: Timestamp
    /// Closed when all was read, unrecoverable when a part cannot be read, open when the audit is to be repeated.
    package let state: Gap.State
    /// The number of trades of the stretch that the API has.
    package let rows: Int
    /// Trades among them that the feed should have sent and did not.
    package let missed: Int
    /// Up to when the read has shown the trades of the feed, by the API's times; `nil` where the feed sent none.
    package let provedTo: Timestamp?
    /// The reason why the last request was of no use, where one was not.
    package let reason: String?

    package init(
        from: Timestamp, to: Timestamp, state: Gap.State, rows: Int, missed: Int,
        provedTo: Timestamp? = nil, reason: String? = nil
    ) {
        self.from = from
        self.to = to
        self.state = state
        self.rows = rows
        self.missed = missed
        self.provedTo = provedTo
        self.reason = reason
    }

    /// The audit as a record.
    func line(seq: UInt64, feed: Feed) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { record in
            record.member(Key.kind, Kind.audit.rawValue)
            record.member(Key.seq, seq)
            record.member(Key.feed, feed.rawValue)
            record.member(Key.from, from.description)
            record.member(Key.to, to.description)
            record.member(Key.known, rows)
            record.member(Key.missed, missed)
        }
        return writer.bytes
    }
}
