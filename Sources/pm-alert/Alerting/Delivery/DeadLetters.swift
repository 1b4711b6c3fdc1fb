import Glibc
import PMJSON
import PMPipe
import PMRecord

/// The alerts that were given up, each with its trade, its channel and why, so that they can be fed back with
/// `--redeliver`.
struct DeadLetters: ~Copyable {
    private var output: LineWriter?
    private var room: DiskFullBackoff

    /// - Parameter path: The file to append to, made with mode 0600; nothing is kept when `nil`.
    init(path: String?, log: StageLog) throws(StageError) {
        room = DiskFullBackoff(log: log)
        guard let path else { return }
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .unable(to: "open dead letters \(path)") }
        output = LineWriter(descriptor: descriptor, name: "dead letters \(path)")
    }

    deinit {
        if let output { close(output.descriptor) }
    }

    mutating func add(
        _ settlement: ChannelQueue.Settlement, _ address: ChannelAddress, reason: String, at clock: Timestamp
    ) {
        guard output != nil else { return }
        var writer = JSONWriter()
        writer.object { letter in
            letter.member(Key.kind, DeadLetter.kind)
            letter.member(Key.id, settlement.alert.id)
            letter.member(Key.revision, settlement.alert.revision)
            letter.member(Key.time, clock.description)
            letter.member(Key.rule, settlement.alert.type.rawValue)
            letter.member(Key.subscriber, settlement.alert.subscriber)
            letter.member(AlertKey.channel, address.kind.rawValue)
            letter.member(OutboxKey.target, address.target)
            letter.member(Key.reason, reason)
            letter.member(AlertKey.attempts, settlement.attempts)
            letter.trade(settlement.alert.trade.line)
        }
        output!.append(writer.bytes)
    }

    /// When ``flush(at:)`` has something to do again; `nil` when all is written.
    var deadline: ContinuousClock.Instant? { room.nextTry }

    /// Writes what was added. While the disk is full it is kept.
    mutating func flush(at now: ContinuousClock.Instant) throws(StageError) {
        guard output?.count ?? 0 > 0, room.mayTry(at: now) else { return }
        do throws(StageError) {
            try output!.flush()
        } catch {
            return try room.failed(error, at: now)
        }
        room.worked()
    }
}

/// A dead letter that has come back.
struct DeadLetter {
    static let kind = "dead_letter"

    let alert: Alert
    let address: ChannelAddress

    /// - Returns: `nil` unless the record is one.
    init?(_ record: Record) {
        guard record.text(Key.kind) == Self.kind, let alert = Alert(ledger: record),
            let address = ChannelAddress(record)
        else { return nil }
        self.alert = alert
        self.address = address
    }
}
