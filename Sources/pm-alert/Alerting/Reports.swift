import PMJSON
import PMRecord

/// The `alert` records that are yet to be written: each leaves when it is known what became of the alert on all its
/// channels, and no later than its time, for a receiver that is away must not hide that there was an alert.
package struct Reports: Sendable {
    private struct Key: Hashable {
        let id: String
        let revision: Int
    }

    private struct Open {
        let alert: Alert
        var channels: [(address: ChannelAddress, outcome: Outcome, attempts: Int)]
        let due: ContinuousClock.Instant
    }

    private let patience: Duration
    private var open: [Key: Open] = [:]

    /// - Parameter patience: How long a record waits for its channels.
    package init(patience: Duration = .seconds(30)) {
        self.patience = patience
    }

    package var deadline: ContinuousClock.Instant? { open.values.lazy.map(\.due).min() }

    /// Begins a report; gives the record at once if there is nothing to wait for.
    package mutating func begin(
        _ alert: Alert, on channels: [ChannelAddress], at now: ContinuousClock.Instant
    ) -> [UInt8]? {
        let report = Open(
            alert: alert, channels: channels.map { ($0, .pending, 0) }, due: now + patience)
        guard !channels.isEmpty else { return record(report) }
        open[Key(id: alert.id, revision: alert.revision)] = report
        return nil
    }

    /// Notes what became of an alert on one channel; gives the record if that was the last.
    package mutating func settle(_ settlement: Delivery.Settlement, on address: ChannelAddress) -> [UInt8]? {
        let key = Key(id: settlement.alert.id, revision: settlement.alert.revision)
        guard let place = open[key]?.channels.firstIndex(where: { $0.address == address }) else { return nil }
        open[key]!.channels[place].outcome = settlement.outcome
        open[key]!.channels[place].attempts = settlement.attempts
        guard open[key]!.channels.allSatisfy({ $0.outcome != .pending }) else { return nil }
        return open.removeValue(forKey: key).map(record)
    }

    /// The records that have waited long enough.
    package mutating func expire(at now: ContinuousClock.Instant) -> [[UInt8]] {
        take { $0.due <= now }
    }

    /// All that are left.
    package mutating func close() -> [[UInt8]] {
        take { _ in true }
    }

    private mutating func take(where isDue: (Open) -> Bool) -> [[UInt8]] {
        let due = open.filter { isDue($0.value) }.sorted { $0.value.due < $1.value.due }
        for (key, _) in due { open[key] = nil }
        return due.map { record($0.value) }
    }

    private func record(_ report: Open) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { record in
            report.alert.writeMembers(into: &record)
            record.key(AlertKey.channels)
            record.array { channels in
                for (address, outcome, attempts) in report.channels {
                    channels.object { channel in
                        channel.member(AlertKey.channel, address.kind.rawValue)
                        channel.member(AlertKey.outcome, outcome.name)
                        channel.member(PMRecord.Key.reason, outcome.reason)
                        channel.member(AlertKey.attempts, attempts)
                    }
                }
            }
        }
        return writer.bytes
    }
}
