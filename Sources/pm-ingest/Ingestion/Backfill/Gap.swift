import PMJSON
import PMRecord

/// A stretch of time in which trades may be missing from the output: the feed was not received, or lines were lost.
package struct Gap: Sendable, Equatable {
    package enum State: String, Sendable {
        case open, closed, unrecoverable
    }

    package var id: String
    package var feed: Feed
    package var state: State
    package var from: Timestamp
    package var to: Timestamp
    package var cause: String
    /// Trades that the back-fill has added.
    package var recovered = 0

    package init(
        id: String, feed: Feed, state: State, from: Timestamp, to: Timestamp, cause: String
    ) {
        self.id = id
        self.feed = feed
        self.state = state
        self.from = from
        self.to = to
        self.cause = cause
    }

    /// Reads a record; `nil` unless it is a gap with all its members.
    package init?(_ record: Record) {
        guard record.kind == .gap, let id = record.text(Key.id),
            let feed = record.text(Key.feed).flatMap(Feed.init),
            let state = record.text(Key.state).flatMap(State.init),
            let from = record.time(Key.from), let to = record.time(Key.to), let cause = record.text(Key.cause)
        else { return nil }
        self.init(id: id, feed: feed, state: state, from: from, to: to, cause: cause)
        recovered = record.integer(Key.recovered) ?? 0
    }

    /// Returns the gap's record, without a newline.
    package func line(seq: UInt64) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { record in
            record.member(Key.kind, Kind.gap.rawValue)
            record.member(Key.id, id)
            record.member(Key.seq, seq)
            record.member(Key.feed, feed.rawValue)
            record.member(Key.state, state.rawValue)
            record.member(Key.from, from.description)
            record.member(Key.to, to.description)
            record.member(Key.cause, cause)
            record.member(Key.recovered, recovered)
        }
        return writer.bytes
    }
}
