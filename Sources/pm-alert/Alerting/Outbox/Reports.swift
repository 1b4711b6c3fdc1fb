import PMJSON
import PMRecord

/// The `alert` records that are yet to be written: each leaves when it is known what became of the alert on all its
/// channels, and no later than its time, for a receiver that is away must not hide that there was an alert.
package struct Reports: Sendable {
    /// A record that says how an alert ended on all its channels.
    package enum Report: Sendable, Equatable {
        case whole([UInt8])
        /// One was written before, when its time was up.
        case late([UInt8])
    }

    private struct Channel {
        let address: ChannelAddress
        var outcome = Outcome.pending
        var attempts = 0
    }

    private struct Open {
        let alert: Alert
        var channels: [Channel]
        /// `nil` once a record was written.
        var due: ContinuousClock.Instant?
    }

    private let patience: Duration
    private var open: [AlertRevision: Open] = [:]
    /// When records are due, in their order, for all wait equally long; from `firstDue` on, those that still are.
    private var dues: [(time: ContinuousClock.Instant, telling: AlertRevision)] = []
    private var firstDue = 0

    /// - Parameter patience: How long a record waits for its channels.
    package init(patience: Duration = .seconds(30)) {
        self.patience = patience
    }

    package var deadline: ContinuousClock.Instant? { firstDue < dues.count ? dues[firstDue].time : nil }

    /// Begins a report; gives the record at once if there is nothing to wait for.
    package mutating func begin(
        _ alert: Alert, on channels: [ChannelAddress], at now: ContinuousClock.Instant
    ) -> [UInt8]? {
        let channels = channels.map { Channel(address: $0) }
        guard !channels.isEmpty else { return Self.record(alert, channels) }
        begin(Open(alert: alert, channels: channels, due: now + patience))
        return nil
    }

    /// Goes on with one that an earlier process began.
    mutating func begin(_ kept: RecoveredState.Kept, at now: ContinuousClock.Instant) {
        begin(Open(alert: kept.alert, channels: Self.channels(of: kept), due: now + patience))
    }

    private mutating func begin(_ report: Open) {
        open[report.alert.telling] = report
        dues.append((report.due!, report.alert.telling))
    }

    /// Notes what became of an alert on one channel.
    ///
    /// - Returns: The record, if that was the last channel.
    package mutating func settle(_ settlement: ChannelQueue.Settlement, on address: ChannelAddress) -> Report?
    {
        let key = settlement.alert.telling
        guard let place = open[key]?.channels.firstIndex(where: { $0.address == address }) else { return nil }
        open[key]!.channels[place].outcome = settlement.outcome
        open[key]!.channels[place].attempts = settlement.attempts
        guard open[key]!.channels.allSatisfy({ $0.outcome != .pending }) else { return nil }
        let whole = open.removeValue(forKey: key)!
        passSettled()
        let record = Self.record(whole.alert, whole.channels)
        return whole.due == nil ? .late(record) : .whole(record)
    }

    /// The records that have waited long enough.
    package mutating func expire(at now: ContinuousClock.Instant) -> [[UInt8]] {
        take { $0 <= now }
    }

    /// All that are left.
    package mutating func close() -> [[UInt8]] {
        take { _ in true }
    }

    /// How an alert ended in an earlier process.
    static func record(of kept: RecoveredState.Kept) -> [UInt8] {
        record(kept.alert, channels(of: kept))
    }

    private mutating func take(where isDue: (ContinuousClock.Instant) -> Bool) -> [[UInt8]] {
        var records: [[UInt8]] = []
        while let deadline, isDue(deadline) {
            let key = dues[firstDue].telling
            records.append(Self.record(open[key]!.alert, open[key]!.channels))
            open[key]!.due = nil
            passSettled()
        }
        return records
    }

    /// Passes over what is due no more, so that the first is.
    private mutating func passSettled() {
        while let deadline, open[dues[firstDue].telling]?.due != deadline { firstDue += 1 }
        if firstDue > 1000, firstDue > dues.count / 2 {
            dues.removeFirst(firstDue)
            firstDue = 0
        }
    }

    private static func channels(of kept: RecoveredState.Kept) -> [Channel] {
        kept.channels.map { address, progress in
            guard case .settled(let settled) = progress else { return Channel(address: address) }
            return Channel(address: address, outcome: settled.outcome, attempts: settled.attempts)
        }
    }

    private static func record(_ alert: Alert, _ channels: [Channel]) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { record in
            alert.writeMembers(into: &record)
            record.key(AlertKey.channels)
            record.array { list in
                for channel in channels {
                    list.object { entry in
                        entry.member(AlertKey.channel, channel.address.kind.rawValue)
                        entry.member(Key.outcome, channel.outcome.name)
                        entry.member(Key.reason, channel.outcome.reason)
                        entry.member(AlertKey.attempts, channel.attempts)
                    }
                }
            }
        }
        return writer.bytes
    }
}
