import PMRecord

/// An alert in the outbox, and its progress on each of its channels.
struct RecoveredAlert {
    enum Progress {
        case open
        /// A request was about to leave, and its result was never noted: the receiver may have the alert.
        case inDoubt
        case completed(DeliveryResult)
    }

    let alert: Alert
    fileprivate(set) var channels: [ChannelAddress: Progress] = [:]
    /// True if the record is on standard output; noted for alerts without channels only.
    fileprivate(set) var isWritten = false

    /// True if nothing is left to do.
    var isDone: Bool { channels.isEmpty ? isWritten : open.isEmpty }

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

/// The state that the entries of an outbox add up to.
struct RecoveredState {
    private(set) var marks: [String: Mark] = [:]
    /// The times before which receivers ask for no message.
    private(set) var pauses: [ChannelAddress: Timestamp] = [:]
    /// The number of lines that are no entries.
    private(set) var unreadable = 0
    private var alerts: [RevisionID: RecoveredAlert] = [:]
    /// The order in which the alerts were decided on.
    private var order: [RevisionID] = []

    mutating func add(_ line: [UInt8]) {
        guard let entry = OutboxEntry(line) else {
            unreadable += 1
            return
        }
        switch entry {
        case .alert(let alert, let channels):
            let id = alert.revisionID
            if alerts[id] == nil {
                alerts[id] = RecoveredAlert(alert: alert)
                order.append(id)
            }
            // A redelivered dead letter opens its channel again.
            for channel in channels { alerts[id]!.channels[channel] = .open }
        case .written(let id): alerts[id]?.isWritten = true
        case .attempt(let id): set(.inDoubt, for: id)
        case .failed(let id): set(.open, for: id)
        case .completed(let id, let result):
            set(result.outcome == .pending ? .open : .completed(result), for: id)
        case .rateLimited(let address, let until): pauses[address] = until
        case .mark(let mark):
            if mark.seq >= marks[mark.stream]?.seq ?? 0 { marks[mark.stream] = mark }
        }
    }

    private mutating func set(_ progress: RecoveredAlert.Progress, for id: DeliveryID) {
        guard alerts[id.revision]?.channels[id.address] != nil else { return }
        alerts[id.revision]!.channels[id.address] = progress
    }

    /// Returns the alerts in their order, without those that are done and were decided on before `oldest`.
    func alerts(since oldest: Timestamp) -> [RecoveredAlert] {
        order.compactMap { alerts[$0] }.filter { !$0.isDone || $0.alert.decidedAt >= oldest }
    }

    /// Returns the lines of a new outbox file with these alerts, and with the marks and the pauses that still last.
    func lines(of alerts: [RecoveredAlert], at clock: Timestamp) -> [[UInt8]] {
        alerts.flatMap { recovered in
            let (alert, id) = (recovered.alert, recovered.alert.revisionID)
            let progress = recovered.channels.compactMap { address, progress -> OutboxEntry? in
                switch progress {
                case .open: nil
                case .inDoubt: .attempt(DeliveryID(id, address))
                case .completed(let result): .completed(DeliveryID(id, address), result)
                }
            }
            let written = recovered.isWritten ? [OutboxEntry.written(id)] : []
            return ([.alert(alert, Array(recovered.channels.keys))] + progress + written).map {
                $0.line(at: alert.decidedAt)
            }
        } + marks.values.map { OutboxEntry.mark($0).line(at: $0.time) }
            + pauses.filter { $0.value > clock }.map {
                OutboxEntry.rateLimited($0.key, until: $0.value).line(at: clock)
            }
    }
}
