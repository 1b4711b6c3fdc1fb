import DequeModule
import PMJSON
import PMRecord

/// The `alert` records that wait for the results of their channels.
///
/// A record is ready when all channels are completed, or when its time is up, so that a receiver that is away does not
/// hide the alert. In the second case there is another record later, with the final results. The alerts themselves are
/// in the outbox.
struct PendingRecords: Sendable {
    /// A record to make, from the alert and the results of its channels.
    struct Draft: Sendable {
        let id: RevisionID
        fileprivate let channels: [Channel]
        /// True if no channel is open any more.
        let isFinal: Bool
        /// True if an earlier record was released when its time was up.
        let isUpdate: Bool

        /// Returns the record, without a newline.
        func record(of alert: Alert) -> [UInt8] { PendingRecords.record(alert, channels) }
    }

    fileprivate struct Channel: Sendable {
        let address: ChannelAddress
        var outcome = DeliveryOutcome.pending
        var attempts = 0
    }

    private struct Entry {
        var channels: [Channel]
        /// `nil` once a record was released.
        var due: ContinuousClock.Instant?
    }

    private let patience: Duration
    private var entries: [RevisionID: Entry] = [:]
    /// The channels of the last alert, whose array the next one shares if it has the same.
    private var lastChannels: [Channel] = []
    /// The due times, in ascending order because all records wait equally long. The first one is still due.
    private var dues: Deque<(time: ContinuousClock.Instant, id: RevisionID)> = []

    /// - Parameter patience: The longest time that a record waits.
    init(patience: Duration) {
        self.patience = patience
    }

    /// The time at which ``expire(at:)`` has a record; `nil` when none waits.
    var deadline: ContinuousClock.Instant? { dues.first?.time }

    /// Adds an alert with at least one channel.
    mutating func add(_ id: RevisionID, on channels: [ChannelAddress], at now: ContinuousClock.Instant) {
        if !channels.elementsEqual(lastChannels, by: { $0 == $1.address }) {
            lastChannels = channels.map { Channel(address: $0) }
        }
        add(id, Entry(channels: lastChannels, due: now + patience))
    }

    /// Adds an alert of an earlier process. One with a record on standard output gets no further one there.
    mutating func add(_ recovered: RecoveredAlert, at now: ContinuousClock.Instant) {
        let due = recovered.isWritten ? nil : now + patience
        add(recovered.alert.revisionID, Entry(channels: Self.channels(of: recovered), due: due))
    }

    private mutating func add(_ id: RevisionID, _ entry: Entry) {
        entries[id] = entry
        if let due = entry.due { dues.append((due, id)) }
    }

    /// Applies the result of one channel.
    ///
    /// - Returns: The record, if this was the last channel.
    mutating func complete(_ delivery: CompletedDelivery, on address: ChannelAddress) -> Draft? {
        let id = delivery.alert.revisionID
        guard let index = entries[id]?.channels.firstIndex(where: { $0.address == address }) else {
            return nil
        }
        entries[id]!.channels[index].outcome = delivery.outcome
        entries[id]!.channels[index].attempts = delivery.result.attempts
        guard entries[id]!.channels.allSatisfy({ $0.outcome != .pending }) else { return nil }
        let entry = entries.removeValue(forKey: id)!
        dropObsoleteDues()
        return Draft(id: id, channels: entry.channels, isFinal: true, isUpdate: entry.due == nil)
    }

    /// Returns the next record whose time is up.
    ///
    /// - Parameter now: `nil` for any record that waits.
    mutating func expire(at now: ContinuousClock.Instant?) -> Draft? {
        guard let (time, id) = dues.first, now == nil || time <= now! else { return nil }
        let channels = entries[id]!.channels
        entries[id]!.due = nil
        dropObsoleteDues()
        return Draft(id: id, channels: channels, isFinal: false, isUpdate: false)
    }

    /// Returns the record of an alert without channels.
    static func record(of alert: Alert) -> [UInt8] { record(alert, []) }

    /// Returns the record of an alert that was completed in an earlier process.
    static func record(of recovered: RecoveredAlert) -> [UInt8] {
        record(recovered.alert, channels(of: recovered))
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

    fileprivate static func record(_ alert: Alert, _ channels: [Channel]) -> [UInt8] {
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
