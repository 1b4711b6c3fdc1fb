import Glibc
import PMJSON
import PMPipe
import PMRecord

/// The file of alerts that were given up, each with its trade, its channel and the reason. `--redeliver` reads it.
struct DeadLetters: ~Copyable {
    private var output: LineWriter?
    private var backoff: DiskFullBackoff

    /// - Parameter path: The file to append to, made with mode 0600; `nil` to keep nothing.
    init(path: String?, log: StageLog) throws(StageError) {
        backoff = DiskFullBackoff(log: log)
        guard let path else { return }
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .unable(to: "open dead letters \(path)") }
        output = LineWriter(descriptor: descriptor, name: "dead letters \(path)")
    }

    deinit {
        if let output { close(output.descriptor) }
    }

    /// True if there is a file.
    var isKept: Bool { output != nil }

    /// - Parameter attempts: The number of attempts to deliver the alert.
    mutating func add(
        _ alert: Alert, to address: ChannelAddress, after attempts: Int, reason: String, at clock: Timestamp
    ) {
        guard output != nil else { return }
        var writer = JSONWriter()
        writer.object { letter in
            letter.member(Key.kind, DeadLetter.kind)
            letter.member(Key.id, alert.id)
            letter.member(Key.revision, alert.revision)
            letter.member(Key.time, clock.description)
            letter.member(Key.rule, alert.type.rawValue)
            letter.member(Key.subscriber, alert.subscriber)
            letter.member(Key.channel, address.kind.rawValue)
            letter.member(OutboxKey.target, address.target)
            letter.member(Key.reason, reason)
            letter.member(Key.attempts, attempts)
            letter.trade(alert.trade.line)
        }
        output!.append(writer.bytes)
    }

    /// The time at which ``flush(at:)`` must be called again; `nil` when everything is written.
    var deadline: ContinuousClock.Instant? { backoff.nextTry }

    /// Writes the letters that were added. While the disk is full, they stay in memory.
    mutating func flush(at now: ContinuousClock.Instant) throws(StageError) {
        guard output?.count ?? 0 > 0, backoff.allowsTry(at: now) else { return }
        do throws(StageError) {
            try output!.flush()
        } catch {
            return try backoff.recordFailure(error, at: now)
        }
        backoff.recordSuccess()
    }
}

/// A dead letter, read from the input of `--redeliver`.
struct DeadLetter {
    static let kind = "dead_letter"

    let alert: Alert
    let address: ChannelAddress

    /// - Returns: `nil` for a record that is no dead letter.
    init?(_ record: Record) {
        guard record.text(Key.kind) == Self.kind, let alert = Alert(entry: record),
            let address = ChannelAddress(entry: record)
        else { return nil }
        self.alert = alert
        self.address = address
    }
}
