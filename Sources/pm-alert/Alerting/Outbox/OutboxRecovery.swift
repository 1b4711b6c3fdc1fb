import Glibc
import PMPipe
import PMRecord

/// An alert in the outbox, and its progress on each of its channels.
struct RecoveredAlert {
    let alert: Alert
    let channels: [(address: ChannelAddress, progress: DeliveryProgress)]
    /// True if the record is on standard output.
    let isWritten: Bool

    /// True if nothing is left to do.
    let isDone: Bool

    /// The channels that are not completed.
    var open: [(address: ChannelAddress, isInDoubt: Bool)] {
        channels.compactMap { address, progress in
            switch progress {
            case .open: (address, false)
            case .inDoubt: (address, true)
            case .completed: nil
            }
        }
    }
}

/// The state that an earlier process left: read from the outbox one alert after the other.
final class OutboxRecovery {
    /// The times before which receivers ask for no message.
    let pauses: [ChannelAddress: Timestamp]
    let doubts: DeliveryDoubts
    private let descriptor: CInt
    private let size: Int
    private let name: String
    private var state: RecoveredState

    /// - Parameters:
    ///   - descriptor: The outbox file; duplicated, because a compaction replaces it.
    ///   - size: The end of the entries of the earlier process.
    init(_ descriptor: CInt, upTo size: Int, _ state: RecoveredState, name: String) throws(StageError) {
        self.descriptor = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard self.descriptor >= 0 else { throw .unable(to: "read \(name)") }
        (self.state, self.size, self.name) = (state, size, name)
        pauses = state.pauses
        doubts = DeliveryDoubts(before: state.doubtBefore, results: state.strayResults)
    }

    deinit { close(descriptor) }

    /// Hands over the alerts in the order in which they were decided on.
    func forEachAlert(_ body: (RecoveredAlert) -> Void) throws(StageError) {
        var reader = OutboxReader(descriptor: descriptor, upTo: size, name: name)
        var filter = EntryChecksum.Filter()
        try reader.forEachLine { (line, _, kind) throws(StageError) in
            guard filter.check(line, kind) != .wrong,
                let record = try? Record(line.withUnsafeBufferPointer { Array($0) }),
                record.text(OutboxKey.entry) == OutboxEntry.alertName,
                let id = RevisionID(entry: record), let entry = state.take(id),
                let alert = Alert(entry: record)
            else { return }
            body(
                RecoveredAlert(
                    alert: alert, channels: entry.channels, isWritten: entry.isWritten, isDone: entry.isDone))
        }
    }
}

/// The alerts that a receiver may have although no entry says so, because entries were damaged.
struct DeliveryDoubts {
    private let end: Timestamp?
    private let results: [DeliveryID: DeliveryResult]

    /// - Parameters:
    ///   - end: The time of the damage; `nil` if there was none.
    ///   - results: The results of alerts whose own entries are missing.
    init(before end: Timestamp? = nil, results: [DeliveryID: DeliveryResult] = [:]) {
        self.end = end
        self.results = end == nil ? [:] : results
    }

    /// Returns how far an alert that is decided on again had come.
    func progress(of alert: Alert, on address: ChannelAddress) -> DeliveryProgress {
        guard let end else { return .open }
        if let result = results[DeliveryID(alert.revisionID, address)] { return .completed(result) }
        guard let received = alert.trade.receivedAt ?? alert.trade.time else { return .inDoubt }
        return received < end ? .inDoubt : .open
    }
}
