import Crypto
import PMJSON
import PMRecord

/// Turns decoded messages into output lines: emits each trade once, with its id and its sequence number.
package struct TradeSequencer: ~Copyable {
    /// The disposition of one message.
    package enum Disposition {
        /// A line to emit. `id` is the trade's; `nil` for a line that is not a trade.
        case line([UInt8], id: UInt128?)
        /// A twin that only one read of REST has shown so far. It is emitted when the next read shows it too.
        case unconfirmedTwin
        /// A trade that was emitted before.
        case duplicate(id: UInt128)
        /// A message that is only counted, under this type.
        case dropped(String)
        case malformed(String)
    }

    /// The number of trades that are remembered: about 80 minutes at 50 trades a second.
    package static let memory = 1 << 18

    private var hasher = SHA256Hasher()
    private var emitted = EmittedTrades(capacity: Self.memory)
    /// Counts the copies of each tuple among the rows that are read once.
    private var copiesInREST = Duplicates(capacity: Self.memory)
    private var backfill = TwinFinder()
    private var poll = TwinFinder()
    private var roles = MatchRoles()
    /// The identity of the trade at hand; one memory for all trades.
    private var identity = TradeIdentity()
    /// The sequence number of the last line.
    package private(set) var seq: UInt64

    /// - Parameter seq: The last number that is in use; the next line gets the number after it.
    package init(after seq: UInt64 = 0) {
        self.seq = seq
    }

    /// Decides what to do with a message, and assigns a number to a new trade.
    package mutating func sequence(_ message: FeedMessage) -> Disposition {
        switch message {
        case .trade(var trade, let source, _):
            trade.role = roles.role(of: trade)
            return sequence(trade, source)
        case .record(let bytes, _): return .line(bytes, id: nil)
        case .other(let type), .news(_, let type): return .dropped(type)
        case .refused: return .dropped("refused")
        case .malformed(let reason): return .malformed(reason)
        }
    }

    /// Takes the next sequence number, for a line that is not a trade.
    package mutating func nextSeq() -> UInt64 {
        seq += 1
        return seq
    }

    /// Starts a complete read of REST, or another answer of a recording: copies are counted from 0, and twins of the
    /// previous read can be confirmed.
    package mutating func beginReading() {
        copiesInREST = Duplicates(capacity: Self.memory)
        backfill.beginReading()
    }

    /// The same for a poll.
    package mutating func beginPoll() { poll.beginReading() }

    /// The number of trades emitted so far, including those remembered from earlier runs.
    package var emittedCount: Int { emitted.noted }

    /// Notes a trade that an earlier run emitted.
    ///
    /// - Parameter seq: The number of its line.
    package mutating func remember(_ id: UInt128, seq: UInt64) {
        _ = emitted.note(id, seq: seq)
    }

    /// Forgets a trade, so that it can be emitted again: its line was dropped.
    package mutating func forget(_ id: UInt128) {
        emitted.forget(id)
    }

    /// Forgets the trades of these lines, so that they can be emitted again: the lines are lost.
    package mutating func forget(_ seqs: ClosedRange<UInt64>) {
        emitted.forget(seqs)
    }

    /// Sequences a trade.
    ///
    /// A second copy of a tuple from a feed is a duplicate. The k-th copy in an answer of REST is the twin with occurrence
    /// k − 1; the same row in the next answer is not.
    private mutating func sequence(_ trade: Trade, _ source: FeedMessage.Origin) -> Disposition {
        guard identity.read(trade), identity.isExact else {
            return .malformed("price or size out of the exact range")
        }
        let first = identity.id { hasher.hash($0).bytes }
        let occurrence =
            switch source {
            case .feed: 0
            case .rest: copiesInREST.note(first)
            case .reading(let copy), .poll(let copy): copy
            }
        let id =
            occurrence == 0 ? first : identity.id(occurrence: occurrence) { hasher.hash($0).bytes }
        if occurrence > 0, !emitted.contains(id) {
            let isConfirmed =
                switch source {
                case .feed, .rest: true
                case .reading: backfill.confirms(id)
                case .poll: poll.confirms(id)
                }
            guard isConfirmed else { return .unconfirmedTwin }
        }
        guard emitted.note(id, seq: seq + 1) else { return .duplicate(id: id) }
        return .line(trade.line(id: id, seq: nextSeq()), id: id)
    }
}
