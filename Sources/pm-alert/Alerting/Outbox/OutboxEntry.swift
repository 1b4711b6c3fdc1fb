import Database
import PMJSON
import PMRecord

/// An entry to write to the outbox file. ``OutboxLine`` reads it.
enum OutboxEntry {
    /// An alert was decided on: its trade's record, and its channels.
    case alert(Alert, [ChannelAddress])
    /// The record of an alert without channels was written to standard output.
    case written(RevisionID)
    /// A step of the delivery of these alerts on one channel. A digest has several alerts.
    case delivery(DeliveryStep, [RevisionID], ChannelAddress)
    /// The receiver asks for no message before this time.
    case rateLimited(ChannelAddress, until: Timestamp)
    /// Every alert about a trade of the stream up to this mark is in the entries above.
    case mark(Mark)
    /// Entries were damaged: an alert about a trade received before this time may have been delivered although no entry
    /// says so.
    case doubt(before: Timestamp)
}

/// A step of a delivery.
enum DeliveryStep {
    /// A request is about to leave.
    case attempt
    /// The attempt is over, and the receiver does not have the alert.
    case failed
    case completed(DeliveryResult)

    var name: String {
        switch self {
        case .attempt: "attempt"
        case .failed: "failed"
        case .completed(let result): result.outcome.name
        }
    }
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
    static let alertName = "alert"

    /// The line, without its checksum and its newline.
    func line(at clock: Timestamp) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { entry in
            switch self {
            case .alert(let alert, let channels):
                entry.member(OutboxKey.entry, Self.alertName)
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
            case .written(let id): write("written", [id], clock, into: &entry)
            case .delivery(let step, let ids, let address):
                write(step.name, ids, clock, into: &entry)
                write(address, into: &entry)
                if case .completed(let result) = step {
                    entry.member(Key.reason, result.outcome.reason)
                    entry.member(Key.attempts, result.attempts)
                    entry.member(OutboxKey.reference, result.reference)
                }
            case .rateLimited(let address, let until):
                entry.member(OutboxKey.entry, "limited")
                entry.member(Key.time, until.description)
                write(address, into: &entry)
            case .mark(let mark):
                entry.member(OutboxKey.entry, "mark")
                entry.member(Key.stream, mark.stream)
                entry.member(Key.seq, mark.seq)
                entry.member(Key.time, mark.time.description)
            case .doubt(let time):
                entry.member(OutboxKey.entry, "doubt")
                entry.member(Key.time, time.description)
            }
        }
        return writer.bytes
    }

    private func write(_ name: String, _ ids: [RevisionID], _ clock: Timestamp, into entry: inout JSONWriter)
    {
        entry.member(OutboxKey.entry, name)
        if ids.count == 1 {
            entry.member(Key.id, ids[0].id.description)
            entry.member(Key.revision, ids[0].revision)
        } else {
            entry.key(OutboxKey.alerts)
            entry.array { list in
                for id in ids { list.string("\(id.id).\(id.revision)") }
            }
        }
        entry.member(Key.time, clock.description)
    }

    private func write(_ address: ChannelAddress, into entry: inout JSONWriter) {
        entry.member(Key.channel, address.kind.rawValue)
        entry.member(OutboxKey.target, address.target)
    }
}
