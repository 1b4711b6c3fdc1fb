import Curl
import PMPipe

/// The `alert` records on their way out: to standard output, each when its alert is settled, and to the history.
final class AlertRecords {
    private var reports: Reports
    private let history: AlertHistory?
    private var output = LineWriter()
    /// Alerts of which standard output alone tells, each with how many bytes have been made with its record.
    private var unwritten: [(telling: AlertRevision, end: Int)] = []
    /// Bytes of records made so far.
    private var made = 0
    private var room: DiskFullBackoff
    /// Whether nobody reads our output any more.
    private(set) var readerHasLeft = false
    /// Records that went to standard output.
    private(set) var written = 0

    /// Bytes that may wait for the reader.
    private static let mostHeld = 1 << 20
    /// Bytes that may wait for room on the disk.
    private static let mostWithoutRoom = 16 << 20

    init(patience: Duration, history: AlertHistory?, log: StageLog) {
        reports = Reports(patience: patience)
        room = DiskFullBackoff(log: log)
        self.history = history
    }

    /// When ``flush(at:)`` has something to do; `nil` when nothing waits.
    var deadline: ContinuousClock.Instant? { [reports.deadline, room.nextTry].compactMap(\.self).min() }

    /// Whether so much waits for the reader that no more should be made.
    var isFull: Bool { output.count >= (room.isLacking ? Self.mostWithoutRoom : Self.mostHeld) }

    /// What to wait for so that ``flush(at:)`` may go on.
    var interests: [DescriptorInterest] {
        output.count > 0 && !readerHasLeft && !room.isLacking
            ? [DescriptorInterest(output.descriptor, .writable)] : []
    }

    /// Records that are not in the database yet; `nil` where there is none.
    var waitingForHistory: Int? { history?.waiting }

    /// Begins the record of an alert that is to be told there.
    func begin(_ telling: Rules.Telling, at now: ContinuousClock.Instant) {
        guard let record = reports.begin(telling.alert, on: telling.channels, at: now) else { return }
        write(record, alone: telling.alert.telling)
    }

    /// Goes on with the record of an alert that an earlier process told, or began to tell.
    func begin(_ kept: RecoveredState.Kept, at now: ContinuousClock.Instant) {
        if kept.isDone {
            history?.add(Reports.record(of: kept))
        } else if kept.channels.isEmpty {
            write(Reports.record(of: kept), alone: kept.alert.telling)
        } else {
            reports.begin(kept, at: now)
        }
    }

    func settle(_ settled: [Dispatcher.Settled]) {
        for (settlement, address) in settled {
            switch reports.settle(settlement, on: address) {
            case .whole(let record): write(record)
            case .late(let record): history?.add(record)
            case nil: break
            }
        }
    }

    /// Writes the records that have waited long enough, and as much as the reader takes.
    func flush(at now: ContinuousClock.Instant) throws(StageError) {
        for record in reports.expire(at: now) { write(record) }
        guard !readerHasLeft, room.mayTry(at: now) else { return }
        do throws(StageError) {
            try output.flushWithoutWaiting()
            room.worked()
        } catch {
            guard error == .downstreamClosed else { return try room.failed(error, at: now) }
            // What was decided is still delivered; there is nobody to read on for.
            readerHasLeft = true
        }
    }

    /// The alerts of which standard output alone tells, and has told since this was last asked.
    func takeWritten() -> [AlertRevision] {
        let done = unwritten.prefix { $0.end <= made - output.count }.map(\.telling)
        unwritten.removeFirst(done.count)
        return done
    }

    /// Writes all that is left.
    func finish() throws(StageError) {
        for record in reports.close() { write(record) }
        if !readerHasLeft { try output.flush() }
        history?.finish(upTo: .seconds(5))
    }

    /// - Parameter alert: What it tells of, where nobody else does.
    private func write(_ record: [UInt8], alone alert: AlertRevision? = nil) {
        history?.add(record)
        guard !readerHasLeft else { return }
        written += 1
        made += record.count + 1
        output.append(record)
        if let alert { unwritten.append((alert, made)) }
    }
}
