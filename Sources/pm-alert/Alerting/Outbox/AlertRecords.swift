import Curl
import DequeModule
import PMPipe

/// Emits the `alert` records: to standard output when their channels are completed, and to the history.
final class AlertRecords {
    private var pending: PendingRecords
    private let history: AlertHistory?
    /// The records for the history since the last ``flush(at:)``. To wake its thread for each costs 5 µs an alert.
    private var forHistory: [[UInt8]] = []
    private var output = LineWriter()
    /// The alerts whose records may still be in `output`, and must not be emitted again after a crash: each with the end
    /// of its record, in bytes since the start.
    private var unwritten: Deque<(id: RevisionID, isFinal: Bool, end: Int)> = []
    /// The size of all records so far, in bytes.
    private var size = 0
    private var backoff: DiskFullBackoff
    /// True if the reader of standard output has closed it.
    private(set) var readerHasLeft = false
    /// The number of records sent to standard output.
    private(set) var count = 0

    /// The most bytes that wait for the reader.
    private static let capacity = 1 << 20
    /// The most bytes that wait while the disk is full.
    private static let capacityOnFullDisk = 16 << 20

    /// Reads an alert from the outbox.
    private let load: (RevisionID) -> Alert?

    /// - Parameters:
    ///   - patience: The longest time that a record waits for its channels.
    ///   - load: Reads an alert from the outbox; `nil` if it cannot be read.
    init(
        patience: Duration, history: AlertHistory?, log: StageLog, load: @escaping (RevisionID) -> Alert?
    ) {
        self.load = load
        pending = PendingRecords(patience: patience)
        backoff = DiskFullBackoff(log: log)
        self.history = history
    }

    /// The time at which ``flush(at:)`` has something to do; `nil` when nothing waits.
    var deadline: ContinuousClock.Instant? {
        [pending.deadline, backoff.nextTry].compactMap(\.self).min()
    }

    /// True if so many bytes wait for the reader that no further record should be made.
    var isFull: Bool {
        output.count >= (backoff.isDiskFull ? Self.capacityOnFullDisk : Self.capacity)
    }

    /// The descriptor to wait for before ``flush(at:)`` can go on.
    var interests: [DescriptorInterest] {
        output.count > 0 && !readerHasLeft && !backoff.isDiskFull
            ? [DescriptorInterest(output.descriptor, .writable)] : []
    }

    /// The number of records that are not in the database yet; `nil` without a history.
    var waitingForHistory: Int? { history?.waiting }

    /// Adds an alert.
    func add(_ routed: RoutedAlert, at now: ContinuousClock.Instant) {
        let id = routed.alert.revisionID
        guard routed.channels.isEmpty else { return pending.add(id, on: routed.channels, at: now) }
        emit(PendingRecords.record(of: routed.alert))
        unwritten.append((id, true, size))
    }

    /// Adds an alert of an earlier process.
    func add(_ recovered: RecoveredAlert, at now: ContinuousClock.Instant) {
        if recovered.isDone {
            forHistory.append(PendingRecords.record(of: recovered))
            if forHistory.count >= 500 { flushHistory() }
        } else if recovered.channels.isEmpty {
            emit(PendingRecords.record(of: recovered))
            unwritten.append((recovered.alert.revisionID, true, size))
        } else {
            pending.add(recovered, at: now)
        }
    }

    /// Applies the result of one channel.
    ///
    /// - Returns: True if this was the last channel, so that the alert is not read again.
    func complete(_ delivery: CompletedDelivery, on address: ChannelAddress) -> Bool {
        guard let draft = pending.complete(delivery, on: address) else { return false }
        guard let alert = load(draft.id) else { return true }
        let record = draft.record(of: alert)
        // Standard output has a record of an alert that waited too long.
        if draft.isUpdate { forHistory.append(record) } else { emit(record) }
        return true
    }

    /// Emits the records whose time is up, and writes as much as the reader accepts.
    func flush(at now: ContinuousClock.Instant) throws(StageError) {
        releasePending(at: now)
        flushHistory()
        guard !readerHasLeft, backoff.allowsTry(at: now) else { return }
        do throws(StageError) {
            try output.flushWithoutWaiting()
            backoff.recordSuccess()
        } catch {
            guard error == .downstreamClosed else { return try backoff.recordFailure(error, at: now) }
            // Alerts that were decided are still delivered, but no more input is read.
            readerHasLeft = true
        }
    }

    /// Returns the alerts whose records were written since the last call, other than records with the results of all
    /// channels. Those with `isFinal` have no channels.
    func takeWritten() -> [(id: RevisionID, isFinal: Bool)] {
        var written: [(id: RevisionID, isFinal: Bool)] = []
        while let first = unwritten.first, first.end <= size - output.count {
            written.append((first.id, first.isFinal))
            unwritten.removeFirst()
        }
        return written
    }

    /// Writes all records that are left.
    func finish() throws(StageError) {
        releasePending(at: nil)
        flushHistory()
        if !readerHasLeft { try output.flush() }
        history?.finish(upTo: .seconds(5))
    }

    private func flushHistory() {
        guard !forHistory.isEmpty else { return }
        history?.add(forHistory)
        forHistory = []
    }

    /// - Parameter now: `nil` to emit all records that wait.
    private func releasePending(at now: ContinuousClock.Instant?) {
        while let draft = pending.expire(at: now) {
            guard let alert = load(draft.id) else { continue }
            emit(draft.record(of: alert))
            unwritten.append((draft.id, false, size))
        }
    }

    private func emit(_ record: [UInt8]) {
        if history != nil { forHistory.append(record) }
        guard !readerHasLeft else { return }
        count += 1
        size += record.count + 1
        output.append(record)
    }
}
