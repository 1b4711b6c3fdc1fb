import PMJSON
import PMRecord

/// The keys that are only in the outbox and in dead letters.
enum OutboxKey {
    static let entry: JSONKey = "entry"
    static let trade: JSONKey = "trade"
    static let target: JSONKey = "target"
    static let reference: JSONKey = "message_id"
    static let burst: JSONKey = "burst"
    /// The alerts of a digest.
    static let alerts: JSONKey = "alerts"
}

extension Alert {
    /// Reads the alert of an entry or a dead letter.
    init?(entry record: Record) {
        guard let type = record.text(Key.rule).flatMap(AlertType.init),
            let line = record.text(OutboxKey.trade).map({ Array($0.utf8) })
                ?? record.raw(OutboxKey.trade).map(Array.init),
            let trade = (try? Record(line)).flatMap(AlertTrade.init),
            let decidedAt = record.time(Key.time), let id = record.text(Key.id)
        else { return nil }
        self.init(
            type, of: trade, to: record.text(Key.subscriber), revision: record.integer(Key.revision) ?? 0,
            decidedAt: decidedAt, id: CompactID(id), burst: Burst(entry: record, of: trade))
    }
}

extension JSONWriter {
    /// Writes a trade's record as an object; as text, where a further level of nesting would be too deep for readers.
    mutating func trade(_ line: [UInt8]) {
        let nested = Array("[".utf8) + line + Array("]".utf8)
        if (try? validate(nested.span)) != nil {
            member(OutboxKey.trade, raw: line)
        } else {
            member(OutboxKey.trade, String(decoding: line, as: UTF8.self))
        }
    }
}

extension Burst {
    /// Writes the burst, if it has more than one trade.
    func write(into entry: inout JSONWriter) {
        guard tradeCount > 1 else { return }
        entry.key(OutboxKey.burst)
        entry.object { burst in
            burst.key("trades")
            burst.array { list in for id in trades { list.string(id.description) } }
            burst.key("transactions")
            burst.array { list in for id in transactions { list.string(id.description) } }
            burst.member("count", count)
            burst.member("value", raw: value.description.utf8)
            burst.member("size", raw: size.description.utf8)
            burst.member("first", first?.description)
            burst.member("last", last?.description)
        }
    }

    /// - Returns: `nil` where the alert is about a single trade.
    fileprivate init?(entry record: Record, of trade: AlertTrade) {
        func ids(_ json: JSON?) -> [CompactID] {
            (json?.array ?? []).compactMap { $0.string.map { CompactID($0) } }
        }
        func decimal(_ json: JSON?) -> Decimal { json?.numberText.flatMap { Decimal($0) } ?? .zero }
        func time(_ json: JSON?) -> Timestamp? { json?.string.flatMap { Timestamp($0) } }
        guard let burst = record.json(OutboxKey.burst), let count = burst["count"]?.integer else {
            return nil
        }
        self.init(
            trades: ids(burst["trades"]), transactions: ids(burst["transactions"]), count: count,
            value: decimal(burst["value"]), size: decimal(burst["size"]), first: time(burst["first"]),
            last: time(burst["last"]), partyOf: trade)
    }
}
