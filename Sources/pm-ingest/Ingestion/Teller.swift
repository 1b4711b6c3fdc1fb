import Crypto
import PMJSON
import PMRecord

/// Turns what the feed says into the lines we tell: each trade once, with its id and its number in the stream.
package struct Teller: ~Copyable {
    /// What became of one message.
    package enum Outcome {
        case line([UInt8])
        /// Counted under that reason, and told no further.
        case dropped(String)
        case malformed(String)
    }

    private var hasher = SHA256Hasher()
    private var heard = Duplicates()
    /// Copies in recordings of REST rows, where they may lie far apart.
    private var read = Duplicates(capacity: 1 << 20)
    /// The number of the last line told.
    package private(set) var seq: UInt64

    /// - Parameter seq: The last number used before; the next line has the one after it.
    package init(after seq: UInt64 = 0) {
        self.seq = seq
    }

    package mutating func tell(_ message: FeedMessage) -> Outcome {
        switch message {
        case .trade(let trade, let source): return tell(trade, source)
        case .record(let bytes): return .line(bytes)
        case .other(let type): return .dropped(type)
        case .malformed(let reason): return .malformed(reason)
        }
    }

    /// Takes the next number, for a line that is no trade.
    package mutating func nextSeq() -> UInt64 {
        seq += 1
        return seq
    }

    private mutating func tell(_ trade: Trade, _ source: FeedMessage.Source) -> Outcome {
        guard let identity = trade.identity, identity.size.micros != nil, identity.price.micros != nil else {
            return .malformed("price or size beyond what can be told exactly")
        }
        let tuple = hasher.hash(identity.text().utf8)
        let occurrence: Int
        switch source {
        case .feed:
            guard heard.note(tuple.key) == 0 else { return .dropped("duplicate") }
            occurrence = 0
        case .rest:
            occurrence = read.note(tuple.key)
        }
        let digest = occurrence == 0 ? tuple : hasher.hash(identity.text(occurrence: occurrence).utf8)
        return .line(trade.line(id: String(digest.hexadecimal.prefix(32)), seq: nextSeq()))
    }
}

extension Digest {
    /// The first half, as one number to look up.
    fileprivate var key: UInt128 {
        var key: UInt128 = 0
        for place in 0..<16 { key = key << 8 | UInt128(bytes[place]) }
        return key
    }
}
