import Database
import PMJSON
import PMRecord

/// A line of the outbox file, as it is read: ``OutboxEntry`` without the alert itself.
struct OutboxLine {
    enum Entry {
        case alert(RevisionID, [ChannelAddress])
        case written(RevisionID)
        case delivery(DeliveryStep, [RevisionID], ChannelAddress)
        case rateLimited(ChannelAddress, until: Timestamp)
        case mark(Mark)
        case doubt(before: Timestamp)
    }

    let entry: Entry
    /// The time of the decision on an alert, of a step of its delivery, or of a mark; the end of a pause.
    let time: Timestamp

    /// - Returns: `nil` for a line that is no entry.
    init?(_ line: [UInt8]) {
        guard let record = try? Record(line), let name = record.text(OutboxKey.entry),
            let time = record.time(Key.time)
        else { return nil }
        self.time = time
        switch name {
        case OutboxEntry.alertName:
            guard let id = RevisionID(entry: record), record.raw(OutboxKey.trade) != nil,
                record.text(Key.rule).flatMap(AlertType.init) != nil
            else { return nil }
            entry = .alert(id, (record.json(Key.channels)?.array ?? []).compactMap(ChannelAddress.init))
        case "mark":
            guard let stream = record.text(Key.stream), let seq = record.unsigned(Key.seq) else { return nil }
            entry = .mark(Mark(stream: stream, seq: seq, time: time))
        case "limited":
            guard let address = ChannelAddress(entry: record) else { return nil }
            entry = .rateLimited(address, until: time)
        case "written":
            guard let id = RevisionID(entry: record) else { return nil }
            entry = .written(id)
        case "doubt": entry = .doubt(before: time)
        default:
            guard let step = DeliveryStep(name, entry: record), let address = ChannelAddress(entry: record)
            else { return nil }
            let list = record.json(OutboxKey.alerts)?.array?.compactMap(RevisionID.init)
            let ids = list ?? [RevisionID(entry: record)].compactMap(\.self)
            guard !ids.isEmpty else { return nil }
            entry = .delivery(step, ids, address)
        }
    }
}

extension DeliveryStep {
    fileprivate init?(_ name: String, entry record: Record) {
        switch name {
        case "attempt": self = .attempt
        case "failed": self = .failed
        default:
            guard let outcome = DeliveryOutcome(name: name, reason: record.text(Key.reason)) else {
                return nil
            }
            self = .completed(
                DeliveryResult(
                    outcome: outcome, attempts: record.integer(Key.attempts) ?? 0,
                    reference: record.text(OutboxKey.reference)))
        }
    }
}

extension RevisionID {
    /// Reads the members `id` and `revision`.
    init?(entry record: Record) {
        guard let id = record.text(Key.id), let revision = record.integer(Key.revision) else { return nil }
        self.init(CompactID(id), revision)
    }

    /// Reads `<id>.<revision>`.
    fileprivate init?(_ json: JSON) {
        guard let parts = json.string?.split(separator: "."), parts.count == 2, let revision = Int(parts[1])
        else { return nil }
        self.init(CompactID(String(parts[0])), revision)
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
