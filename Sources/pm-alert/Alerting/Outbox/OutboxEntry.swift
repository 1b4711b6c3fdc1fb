import Database
import PMJSON
import PMRecord

/// One line of the ledger.
enum OutboxEntry {
    /// An alert was decided on: the trade's record, and where it is to go.
    case alert(Alert, [ChannelAddress])
    /// Its record is on standard output: all there is for one that nobody is to be told of.
    case written(AlertRevision)
    /// A request that tells it is about to leave.
    case attempt(Delivered)
    /// The request came back, and the receiver does not have it.
    case failed(Delivered)
    case settled(Delivered, Settled)
    /// The receiver wants nothing before that time.
    case limited(ChannelAddress, until: Timestamp)
    /// All that derives from the stream up to there stands above.
    case mark(Mark)

    /// How an alert ended on one channel.
    struct Settled {
        let outcome: Outcome
        let attempts: Int
        /// What the receiver calls the message, so that a later process can edit it.
        let reference: String?
    }

    /// An alert on one channel.
    struct Delivered: Hashable {
        let alert: AlertRevision
        let address: ChannelAddress

        init(_ alert: AlertRevision, _ address: ChannelAddress) {
            self.alert = alert
            self.address = address
        }
    }
}

extension OutboxEntry {
    /// The line, without its newline.
    func line(at clock: Timestamp) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { entry in
            switch self {
            case .alert(let alert, let channels):
                entry.member(OutboxKey.entry, "alert")
                entry.member(Key.id, alert.id)
                entry.member(Key.revision, alert.revision)
                entry.member(Key.time, alert.decidedAt.description)
                entry.member(Key.rule, alert.type.rawValue)
                entry.member(Key.subscriber, alert.subscriber)
                entry.key(AlertKey.channels)
                entry.array { list in
                    for channel in channels { list.object { write(channel, into: &$0) } }
                }
                alert.burst.write(into: &entry)
                entry.trade(alert.trade.line)
            case .written(let telling): write("written", telling, clock, into: &entry)
            case .attempt(let delivered): write("attempt", delivered, clock, into: &entry)
            case .failed(let delivered): write("failed", delivered, clock, into: &entry)
            case .settled(let delivered, let settled):
                write(settled.outcome.name, delivered, clock, into: &entry)
                entry.member(Key.reason, settled.outcome.reason)
                entry.member(AlertKey.attempts, settled.attempts)
                entry.member(OutboxKey.reference, settled.reference)
            case .limited(let address, let until):
                entry.member(OutboxKey.entry, "limited")
                entry.member(Key.time, until.description)
                write(address, into: &entry)
            case .mark(let mark):
                entry.member(OutboxKey.entry, "mark")
                entry.member(Key.stream, mark.stream)
                entry.member(Key.seq, mark.seq)
                entry.member(Key.time, mark.time.description)
            }
        }
        return writer.bytes
    }

    private func write(
        _ name: String, _ delivered: Delivered, _ clock: Timestamp, into entry: inout JSONWriter
    ) {
        write(name, delivered.alert, clock, into: &entry)
        write(delivered.address, into: &entry)
    }

    private func write(
        _ name: String, _ telling: AlertRevision, _ clock: Timestamp, into entry: inout JSONWriter
    ) {
        entry.member(OutboxKey.entry, name)
        entry.member(Key.id, telling.id)
        entry.member(Key.revision, telling.revision)
        entry.member(Key.time, clock.description)
    }

    private func write(_ address: ChannelAddress, into entry: inout JSONWriter) {
        entry.member(AlertKey.channel, address.kind.rawValue)
        entry.member(OutboxKey.target, address.target)
    }

    /// - Returns: `nil` for a line that is no entry.
    init?(_ line: [UInt8]) {
        guard let record = try? Record(line), let name = record.text(OutboxKey.entry) else { return nil }
        switch name {
        case "alert":
            guard let alert = Alert(ledger: record) else { return nil }
            let channels = (record.json(AlertKey.channels)?.array ?? []).compactMap(ChannelAddress.init)
            self = .alert(alert, channels)
        case "mark":
            guard let stream = record.text(Key.stream), let seq = record.unsigned(Key.seq),
                let time = record.time(Key.time)
            else { return nil }
            self = .mark(Mark(stream: stream, seq: seq, time: time))
        case "limited":
            guard let address = ChannelAddress(record), let until = record.time(Key.time) else { return nil }
            self = .limited(address, until: until)
        case "written":
            guard let telling = AlertRevision(record) else { return nil }
            self = .written(telling)
        default:
            guard let delivered = Delivered(record) else { return nil }
            switch name {
            case "attempt": self = .attempt(delivered)
            case "failed": self = .failed(delivered)
            default:
                guard let outcome = Outcome(name: name, reason: record.text(Key.reason)) else { return nil }
                let settled = Settled(
                    outcome: outcome, attempts: record.integer(AlertKey.attempts) ?? 0,
                    reference: record.text(OutboxKey.reference))
                self = .settled(delivered, settled)
            }
        }
    }
}

extension OutboxEntry.Delivered {
    fileprivate init?(_ record: Record) {
        guard let telling = AlertRevision(record), let address = ChannelAddress(record) else { return nil }
        self.init(telling, address)
    }
}

extension AlertRevision {
    fileprivate init?(_ record: Record) {
        guard let id = record.text(Key.id), let revision = record.integer(Key.revision) else { return nil }
        self.init(id: id, revision: revision)
    }
}

extension ChannelAddress {
    /// `{"channel":…,"target":…}`
    fileprivate init?(_ json: JSON) {
        guard let kind = json["channel"]?.string.flatMap(AlertSetting.Channel.init),
            let target = json["target"]?.string
        else { return nil }
        self.init(kind, target)
    }

    init?(_ record: Record) {
        guard let kind = record.text(AlertKey.channel).flatMap(AlertSetting.Channel.init),
            let target = record.text(OutboxKey.target)
        else { return nil }
        self.init(kind, target)
    }
}

extension Alert {
    /// An alert as the ledger, or a dead letter, has it.
    init?(ledger record: Record) {
        guard let type = record.text(Key.rule).flatMap(AlertType.init),
            let line = record.text(OutboxKey.trade).map({ Array($0.utf8) })
                ?? record.raw(OutboxKey.trade).map(Array.init),
            let trade = (try? Record(line)).flatMap(AlertTrade.init),
            let decidedAt = record.time(Key.time), let id = record.text(Key.id)
        else { return nil }
        self.init(
            type, of: trade, to: record.text(Key.subscriber), revision: record.integer(Key.revision) ?? 0,
            decidedAt: decidedAt, id: id, burst: Burst(record, of: trade))
    }
}

extension JSONWriter {
    /// A trade's record: an object, or its text where one more object around it would be too many.
    mutating func trade(_ line: [UInt8]) {
        let inner = Array("[".utf8) + line + Array("]".utf8)
        if (try? validate(inner.span)) != nil {
            member(OutboxKey.trade, raw: line)
        } else {
            member(OutboxKey.trade, String(decoding: line, as: UTF8.self))
        }
    }
}

extension Burst {
    /// Written where it is of more than the alert's trade.
    func write(into entry: inout JSONWriter) {
        guard trades.count > 1 else { return }
        entry.key(OutboxKey.burst)
        entry.object { burst in
            burst.key("trades")
            burst.array { list in for id in trades { list.string(id) } }
            burst.key("transactions")
            burst.array { list in for hash in transactions { list.string(hash) } }
            burst.member("count", count)
            burst.member("value", raw: value.description.utf8)
            burst.member("size", raw: size.description.utf8)
            burst.member("first", times.first?.description)
            burst.member("last", times.last?.description)
        }
    }

    /// - Returns: `nil` where the alert is about its trade alone.
    init?(_ record: Record, of trade: AlertTrade) {
        func texts(_ json: JSON?) -> [String] { (json?.array ?? []).compactMap(\.string) }
        func decimal(_ json: JSON?) -> Decimal { json?.numberText.flatMap { Decimal($0) } ?? .zero }
        func time(_ json: JSON?) -> Timestamp? { json?.string.flatMap { Timestamp($0) } }
        guard let burst = record.json(OutboxKey.burst), let count = burst["count"]?.integer else {
            return nil
        }
        self.init(
            trades: texts(burst["trades"]), transactions: texts(burst["transactions"]), count: count,
            value: decimal(burst["value"]), size: decimal(burst["size"]), first: time(burst["first"]),
            last: time(burst["last"]), partyOf: trade)
    }
}

enum OutboxKey {
    static let entry: JSONKey = "entry"
    static let trade: JSONKey = "trade"
    static let target: JSONKey = "target"
    static let reference: JSONKey = "message_id"
    static let burst: JSONKey = "burst"
}
