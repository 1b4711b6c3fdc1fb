import Database
import PMJSON
import PMRecord

/// One line of the outbox file.
enum OutboxEntry {
    /// An alert was decided on: its trade's record, and its channels.
    case alert(Alert, [ChannelAddress])
    /// The record of an alert without channels was written to standard output.
    case written(RevisionID)
    /// A request is about to leave.
    case attempt(DeliveryID)
    /// The attempt is over, and the receiver does not have the alert.
    case failed(DeliveryID)
    case completed(DeliveryID, DeliveryResult)
    /// The receiver asks for no message before this time.
    case rateLimited(ChannelAddress, until: Timestamp)
    /// Every alert about a trade of the stream up to this mark is in the entries above.
    case mark(Mark)
}

/// The id of a revision of an alert on one channel.
struct DeliveryID: Hashable {
    let revision: RevisionID
    let address: ChannelAddress

    init(_ revision: RevisionID, _ address: ChannelAddress) {
        self.revision = revision
        self.address = address
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
                entry.key(Key.channels)
                entry.array { list in
                    for channel in channels { list.object { write(channel, into: &$0) } }
                }
                alert.burst.write(into: &entry)
                entry.trade(alert.trade.line)
            case .written(let id): write("written", id, clock, into: &entry)
            case .attempt(let id): write("attempt", id, clock, into: &entry)
            case .failed(let id): write("failed", id, clock, into: &entry)
            case .completed(let id, let result):
                write(result.outcome.name, id, clock, into: &entry)
                entry.member(Key.reason, result.outcome.reason)
                entry.member(Key.attempts, result.attempts)
                entry.member(OutboxKey.reference, result.reference)
            case .rateLimited(let address, let until):
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

    private func write(_ name: String, _ id: DeliveryID, _ clock: Timestamp, into entry: inout JSONWriter) {
        write(name, id.revision, clock, into: &entry)
        write(id.address, into: &entry)
    }

    private func write(_ name: String, _ id: RevisionID, _ clock: Timestamp, into entry: inout JSONWriter) {
        entry.member(OutboxKey.entry, name)
        entry.member(Key.id, id.id)
        entry.member(Key.revision, id.revision)
        entry.member(Key.time, clock.description)
    }

    private func write(_ address: ChannelAddress, into entry: inout JSONWriter) {
        entry.member(Key.channel, address.kind.rawValue)
        entry.member(OutboxKey.target, address.target)
    }

    /// - Returns: `nil` for a line that is no entry.
    init?(_ line: [UInt8]) {
        guard let record = try? Record(line), let name = record.text(OutboxKey.entry) else { return nil }
        switch name {
        case "alert":
            guard let alert = Alert(entry: record) else { return nil }
            let channels = (record.json(Key.channels)?.array ?? []).compactMap(ChannelAddress.init)
            self = .alert(alert, channels)
        case "mark":
            guard let stream = record.text(Key.stream), let seq = record.unsigned(Key.seq),
                let time = record.time(Key.time)
            else { return nil }
            self = .mark(Mark(stream: stream, seq: seq, time: time))
        case "limited":
            guard let address = ChannelAddress(entry: record), let until = record.time(Key.time) else {
                return nil
            }
            self = .rateLimited(address, until: until)
        case "written":
            guard let id = RevisionID(entry: record) else { return nil }
            self = .written(id)
        default:
            guard let revision = RevisionID(entry: record), let address = ChannelAddress(entry: record) else {
                return nil
            }
            let id = DeliveryID(revision, address)
            switch name {
            case "attempt": self = .attempt(id)
            case "failed": self = .failed(id)
            default:
                guard let outcome = DeliveryOutcome(name: name, reason: record.text(Key.reason)) else {
                    return nil
                }
                let result = DeliveryResult(
                    outcome: outcome, attempts: record.integer(Key.attempts) ?? 0,
                    reference: record.text(OutboxKey.reference))
                self = .completed(id, result)
            }
        }
    }
}

extension RevisionID {
    fileprivate init?(entry record: Record) {
        guard let id = record.text(Key.id), let revision = record.integer(Key.revision) else { return nil }
        self.init(id: id, revision: revision)
    }
}

extension ChannelAddress {
    /// Reads `{"channel":…,"target":…}`.
    fileprivate init?(_ json: JSON) {
        guard let kind = json["channel"]?.string.flatMap(AlertSetting.Channel.init),
            let target = json["target"]?.string
        else { return nil }
        self.init(kind, target)
    }

    /// Reads the address of an entry or a dead letter.
    init?(entry record: Record) {
        guard let kind = record.text(Key.channel).flatMap(AlertSetting.Channel.init),
            let target = record.text(OutboxKey.target)
        else { return nil }
        self.init(kind, target)
    }
}
