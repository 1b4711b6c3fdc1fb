import Database
import PMJSON
import PMRecord

/// One line of the ledger.
enum LedgerEntry {
    /// An alert was decided on: the trade's record, and where it is to go.
    case alert(Alert, [ChannelAddress])
    /// A request that tells it is about to leave.
    case attempt(Delivered)
    /// The request came back, and the receiver does not have it.
    case failed(Delivered)
    case settled(Delivered, Outcome)
    /// All that derives from the stream up to there stands above.
    case mark(Mark)

    /// An alert on one channel.
    struct Delivered: Hashable {
        let id: String
        let revision: Int
        let address: ChannelAddress

        init(_ alert: Alert, _ address: ChannelAddress) {
            id = alert.id
            revision = alert.revision
            self.address = address
        }
    }
}

extension LedgerEntry {
    /// The line, without its newline.
    func line(at clock: Timestamp) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { entry in
            switch self {
            case .alert(let alert, let channels):
                entry.member(LedgerKey.entry, "alert")
                entry.member(Key.id, alert.id)
                entry.member(Key.revision, alert.revision)
                entry.member(Key.time, alert.decidedAt.description)
                entry.member(AlertKey.rule, alert.type.rawValue)
                entry.member(AlertKey.subscriber, alert.subscriber)
                entry.key(AlertKey.channels)
                entry.array { list in
                    for channel in channels { list.object { write(channel, into: &$0) } }
                }
                entry.member(LedgerKey.trade, raw: alert.trade.line)
            case .attempt(let delivered): write("attempt", delivered, clock, into: &entry)
            case .failed(let delivered): write("failed", delivered, clock, into: &entry)
            case .settled(let delivered, let outcome):
                write(outcome.name, delivered, clock, into: &entry)
                entry.member(Key.reason, outcome.reason)
            case .mark(let mark):
                entry.member(LedgerKey.entry, "mark")
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
        entry.member(LedgerKey.entry, name)
        entry.member(Key.id, delivered.id)
        entry.member(Key.revision, delivered.revision)
        entry.member(Key.time, clock.description)
        write(delivered.address, into: &entry)
    }

    private func write(_ address: ChannelAddress, into entry: inout JSONWriter) {
        entry.member(AlertKey.channel, address.kind.rawValue)
        entry.member(LedgerKey.target, address.target)
    }

    /// - Returns: `nil` for a line that is no entry.
    init?(_ line: [UInt8]) {
        guard let record = try? Record(line), let name = record.text(LedgerKey.entry) else { return nil }
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
        default:
            guard let delivered = Delivered(record) else { return nil }
            switch name {
            case "attempt": self = .attempt(delivered)
            case "failed": self = .failed(delivered)
            default:
                guard let outcome = Outcome(name: name, reason: record.text(Key.reason)) else { return nil }
                self = .settled(delivered, outcome)
            }
        }
    }
}

extension LedgerEntry.Delivered {
    fileprivate init?(_ record: Record) {
        guard let id = record.text(Key.id), let revision = record.integer(Key.revision),
            let address = ChannelAddress(record)
        else { return nil }
        self.id = id
        self.revision = revision
        self.address = address
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
            let target = record.text(LedgerKey.target)
        else { return nil }
        self.init(kind, target)
    }
}

extension Alert {
    /// An alert as the ledger, or a dead letter, has it.
    init?(ledger record: Record) {
        guard let type = record.text(AlertKey.rule).flatMap(AlertType.init),
            let line = record.raw(LedgerKey.trade),
            let trade = (try? Record(Array(line))).flatMap(AlertTrade.init),
            let decidedAt = record.time(Key.time)
        else { return nil }
        self.init(
            type, of: trade, to: record.text(AlertKey.subscriber),
            revision: record.integer(Key.revision) ?? 0,
            decidedAt: decidedAt)
    }
}

enum LedgerKey {
    static let entry: JSONKey = "entry"
    static let trade: JSONKey = "trade"
    static let target: JSONKey = "target"
}
