import Curl
import DequeModule
import PMPipe

/// Emits the `alert` records: to standard output when their channels are completed, and to the history.
final class AlertRecords {
    private var pending: PendingRecords
    private let history: AlertHistory?
    private var output = LineWriter()
    /// The alerts without channels whose records may still be in `output`, each with the end of its record, in bytes
    /// since the start.
    private var unwritten: Deque<(id: RevisionID, end: Int)> = []
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

    /// - Parameter patience: The longest time that a record waits for its channels.
    init(patience: Duration, history: AlertHistory?, log: StageLog) {
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
        guard let record = pending.add(routed, at: now) else { return }
        emit(record, ofUnrouted: routed.alert.revisionID)
    }

    /// Adds an alert of an earlier process.
    func add(_ recovered: RecoveredAlert, at now: ContinuousClock.Instant) {
        if recovered.isDone {
            history?.add(PendingRecords.record(of: recovered))
        } else if recovered.channels.isEmpty {
            emit(PendingRecords.record(of: recovered), ofUnrouted: recovered.alert.revisionID)
        } else {
            pending.add(recovered, at: now)
        }
    }

    /// Applies the result of one channel.
    func complete(_ delivery: CompletedDelivery, on address: ChannelAddress) {
        switch pending.complete(delivery, on: address) {
        case .complete(let record): emit(record)
        // Standard output has had a record of it.
        case .update(let record): history?.add(record)
        case nil: break
        }
    }

    /// Emits the records whose time is up, and writes as much as the reader accepts.
    func flush(at now: ContinuousClock.Instant) throws(StageError) {
        for record in pending.expire(at: now) { emit(record) }
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

    /// Returns the alerts that have no channels and whose records were written since the last call.
    func takeWritten() -> [RevisionID] {
        var written: [RevisionID] = []
        while let first = unwritten.first, first.end <= size - output.count {
            written.append(unwritten.removeFirst().id)
        }
        return written
    }

    /// Writes all records that are left.
    func finish() throws(StageError) {
        for record in pending.release() { emit(record) }
        if !readerHasLeft { try output.flush() }
        history?.finish(upTo: .seconds(5))
    }

    /// - Parameter unrouted: The id of an alert without channels.
    private func emit(_ record: [UInt8], ofUnrouted unrouted: RevisionID? = nil) {
        history?.add(record)
        guard !readerHasLeft else { return }
        count += 1
        size += record.count + 1
        output.append(record)
        if let unrouted { unwritten.append((unrouted, size)) }
    }
}
