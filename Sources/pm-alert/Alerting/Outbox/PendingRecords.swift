import DequeModule
import PMJSON
import PMRecord

/// The `alert` records that wait for the results of their channels.
///
/// A record is ready when all channels are completed, or when its time is up, so that a receiver that is away does not
/// hide the alert. In the second case there is another record later, with the final results.
struct PendingRecords: Sendable {
    /// The record of an alert whose channels are all completed.
    enum FinalRecord: Sendable, Equatable {
        case complete([UInt8])
        /// An earlier record was released when its time was up.
        case update([UInt8])
    }

    private struct Channel {
        let address: ChannelAddress
        var outcome = DeliveryOutcome.pending
        var attempts = 0
    }

    private struct Entry {
        let alert: Alert
        var channels: [Channel]
        /// `nil` once a record was released.
        var due: ContinuousClock.Instant?
    }

    private let patience: Duration
    private var entries: [RevisionID: Entry] = [:]
    /// The due times, in ascending order because all records wait equally long. The first one is still due.
    private var dues: Deque<(time: ContinuousClock.Instant, id: RevisionID)> = []

    /// - Parameter patience: The longest time that a record waits.
    init(patience: Duration) {
        self.patience = patience
    }

    /// The time at which ``expire(at:)`` has a record; `nil` when none waits.
    var deadline: ContinuousClock.Instant? { dues.first?.time }

    /// Adds an alert.
    ///
    /// - Returns: The record at once, if the alert has no channels.
    mutating func add(_ routed: RoutedAlert, at now: ContinuousClock.Instant) -> [UInt8]? {
        let channels = routed.channels.map { Channel(address: $0) }
        guard !channels.isEmpty else { return Self.record(routed.alert, channels) }
        add(Entry(alert: routed.alert, channels: channels, due: now + patience))
        return nil
    }

    /// Adds an alert of an earlier process.
    mutating func add(_ recovered: RecoveredAlert, at now: ContinuousClock.Instant) {
        add(Entry(alert: recovered.alert, channels: Self.channels(of: recovered), due: now + patience))
    }

    private mutating func add(_ entry: Entry) {
        entries[entry.alert.revisionID] = entry
        dues.append((entry.due!, entry.alert.revisionID))
    }

    /// Applies the result of one channel.
    ///
    /// - Returns: The record, if this was the last channel.
    mutating func complete(
        _ delivery: CompletedDelivery, on address: ChannelAddress
    ) -> FinalRecord? {
        let id = delivery.alert.revisionID
        guard let index = entries[id]?.channels.firstIndex(where: { $0.address == address }) else {
            return nil
        }
        entries[id]!.channels[index].outcome = delivery.outcome
        entries[id]!.channels[index].attempts = delivery.result.attempts
        guard entries[id]!.channels.allSatisfy({ $0.outcome != .pending }) else { return nil }
        let entry = entries.removeValue(forKey: id)!
        dropObsoleteDues()
        let record = Self.record(entry.alert, entry.channels)
        return entry.due == nil ? .update(record) : .complete(record)
    }

    /// Returns the records whose time is up.
    mutating func expire(at now: ContinuousClock.Instant) -> [[UInt8]] {
        release { $0 <= now }
    }

    /// Returns all records that wait.
    mutating func release() -> [[UInt8]] {
        release { _ in true }
    }

    /// Returns the record of an alert that was completed in an earlier process.
    static func record(of recovered: RecoveredAlert) -> [UInt8] {
        record(recovered.alert, channels(of: recovered))
    }

    private mutating func release(where isDue: (ContinuousClock.Instant) -> Bool) -> [[UInt8]] {
        var records: [[UInt8]] = []
        while let (time, id) = dues.first, isDue(time) {
            records.append(Self.record(entries[id]!.alert, entries[id]!.channels))
            entries[id]!.due = nil
            dropObsoleteDues()
        }
        return records
    }

    private mutating func dropObsoleteDues() {
        while let (time, id) = dues.first, entries[id]?.due != time { dues.removeFirst() }
    }

    private static func channels(of recovered: RecoveredAlert) -> [Channel] {
        recovered.channels.map { address, progress in
            guard case .completed(let result) = progress else { return Channel(address: address) }
            return Channel(address: address, outcome: result.outcome, attempts: result.attempts)
        }
    }

    private static func record(_ alert: Alert, _ channels: [Channel]) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { record in
            alert.writeMembers(into: &record)
            record.key(Key.channels)
            record.array { list in
                for channel in channels {
                    list.object { entry in
                        entry.member(Key.channel, channel.address.kind.rawValue)
                        entry.member(Key.outcome, channel.outcome.name)
                        entry.member(Key.reason, channel.outcome.reason)
                        entry.member(Key.attempts, channel.attempts)
                    }
                }
            }
        }
        return writer.bytes
    }
}
