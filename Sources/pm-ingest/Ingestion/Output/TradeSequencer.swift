import Crypto
import PMJSON
import PMRecord

/// Turns what the feed says into the lines we tell: each trade once, with its id and its number in the stream.
package struct TradeSequencer: ~Copyable {
    /// What became of one message.
    package enum Outcome {
        /// - id: The trade's; `nil` for a line that is none.
        case line([UInt8], id: UInt128?)
        /// A twin that one read has shown; told when the next shows it too.
        case suspected
        /// Told before.
        case duplicate(id: UInt128)
        /// Counted under that type, and told no further.
        case dropped(String)
        case malformed(String)
    }

    /// Trades remembered, some 80 minutes at 50 a second.
    package static let memory = 1 << 18

    private var hasher = SHA256Hasher()
    private var told = Duplicates(capacity: Self.memory)
    /// Copies of a tuple that REST has shown.
    private var copies = Duplicates(capacity: Self.memory)
    /// Twins that this read of REST has shown, and those of the read before.
    private var suspects: Set<UInt128> = []
    private var confirmable: Set<UInt128> = []
    /// The number of the last line told.
    package private(set) var seq: UInt64

    /// - Parameter seq: The last number used before; the next line has the one after it.
    package init(after seq: UInt64 = 0) {
        self.seq = seq
    }

    package mutating func tell(_ message: FeedMessage) -> Outcome {
        switch message {
        case .trade(let trade, let source): return tell(trade, source)
        case .record(let bytes, _): return .line(bytes, id: nil)
        case .other(let type), .news(_, let type): return .dropped(type)
        case .malformed(let reason): return .malformed(reason)
        }
    }

    /// Takes the next number, for a line that is no trade.
    package mutating func nextSeq() -> UInt64 {
        seq += 1
        return seq
    }

    /// A complete read of REST begins: copies are counted anew, and twins of the last one are confirmed.
    package mutating func beginReading() {
        copies = Duplicates(capacity: Self.memory)
        (confirmable, suspects) = (suspects, [])
    }

    /// Trades told so far, by this run or as far as it remembers an earlier one.
    package var toldCount: Int { told.noted }

    /// Notes a trade that an earlier run has told.
    package mutating func remember(_ id: UInt128) {
        _ = told.note(id)
    }

    /// Lets a trade be told again: what was told of it may be lost.
    package mutating func forget(_ id: UInt128) {
        told.forget(id)
    }

    /// A feed's second copy of a tuple is a duplicate; the k-th copy that REST shows is the twin numbered k − 1.
    private mutating func tell(_ trade: Trade, _ source: FeedMessage.Origin) -> Outcome {
        guard let identity = trade.identity, identity.size.micros != nil, identity.price.micros != nil else {
            return .malformed("price or size beyond what can be told exactly")
        }
        let tuple = hasher.hash(identity.text().utf8)
        let occurrence =
            switch source {
            case .feed: 0
            case .rest, .reading: copies.note(tuple.key)
            }
        let digest = occurrence == 0 ? tuple : hasher.hash(identity.text(occurrence: occurrence).utf8)
        if source == .reading, occurrence > 0, !told.contains(digest.key), !confirmable.contains(digest.key) {
            suspects.insert(digest.key)
            return .suspected
        }
        guard told.note(digest.key) == 0 else { return .duplicate(id: digest.key) }
        return .line(trade.line(id: String(digest.hexadecimal.prefix(32)), seq: nextSeq()), id: digest.key)
    }
}

extension Digest {
    /// The first half, as one number to look up: the id.
    fileprivate var key: UInt128 {
        var key: UInt128 = 0
        for place in 0..<16 { key = key << 8 | UInt128(bytes[place]) }
        return key
    }
}
