import PMRecord

/// What the ledger's lines come to.
struct RecoveredState {
    /// An alert that was told, or is still to be told, on some channels.
    struct Kept {
        let alert: Alert
        /// Where it goes, and how far that is.
        var channels: [ChannelAddress: Progress] = [:]
        /// Whether its record is known to be on standard output; noted of those that go nowhere else.
        var isWritten = false

        /// Whether nothing more is to be done about it.
        var isDone: Bool { channels.isEmpty ? isWritten : open.isEmpty }

        /// Where it is not settled yet, and whether a request may have arrived there.
        var open: [(address: ChannelAddress, isInDoubt: Bool)] {
            channels.compactMap { address, progress in
                switch progress {
                case .open: (address, false)
                case .inDoubt: (address, true)
                case .settled: nil
                }
            }
        }
    }

    enum Progress {
        case open
        /// A request was about to leave, and nobody lived to hear how it went.
        case inDoubt
        case settled(OutboxEntry.Settled)
    }

    private var alerts: [AlertRevision: Kept] = [:]
    /// In the order in which they were decided on.
    private var order: [AlertRevision] = []
    private(set) var marks: [String: Mark] = [:]
    /// Until when receivers want nothing.
    private(set) var limits: [ChannelAddress: Timestamp] = [:]
    /// Lines that are no entries, such as what another program wrote.
    private(set) var unreadable = 0

    mutating func take(_ line: [UInt8]) {
        guard let entry = OutboxEntry(line) else {
            unreadable += 1
            return
        }
        switch entry {
        case .alert(let alert, let channels):
            if alerts[alert.telling] == nil {
                alerts[alert.telling] = Kept(alert: alert)
                order.append(alert.telling)
            }
            // A dead letter that comes back opens a channel again.
            for channel in channels { alerts[alert.telling]!.channels[channel] = .open }
        case .written(let telling): alerts[telling]?.isWritten = true
        case .attempt(let delivered): note(delivered, .inDoubt)
        case .failed(let delivered): note(delivered, .open)
        case .settled(let delivered, let settled):
            note(delivered, settled.outcome == .pending ? .open : .settled(settled))
        case .limited(let address, let until): limits[address] = until
        case .mark(let mark):
            if mark.seq >= marks[mark.stream]?.seq ?? 0 { marks[mark.stream] = mark }
        }
    }

    private mutating func note(_ delivered: OutboxEntry.Delivered, _ progress: Progress) {
        guard alerts[delivered.alert]?.channels[delivered.address] != nil else { return }
        alerts[delivered.alert]!.channels[delivered.address] = progress
    }

    /// The alerts in their order, without those that are settled and so old that nothing will ask for them again.
    func kept(since oldest: Timestamp) -> [Kept] {
        order.compactMap { alerts[$0] }.filter { !$0.isDone || $0.alert.decidedAt >= oldest }
    }

    /// All of it as entries, without what is no longer needed.
    func entries(of kept: [Kept], at clock: Timestamp) -> [[UInt8]] {
        kept.flatMap { entry in
            let (alert, time) = (entry.alert, entry.alert.decidedAt)
            let progress = entry.channels.compactMap { address, progress -> OutboxEntry? in
                let delivered = OutboxEntry.Delivered(alert.telling, address)
                return switch progress {
                case .open: nil
                case .inDoubt: .attempt(delivered)
                case .settled(let settled): .settled(delivered, settled)
                }
            }
            let written = entry.isWritten ? [OutboxEntry.written(alert.telling)] : []
            return ([.alert(alert, Array(entry.channels.keys))] + progress + written).map {
                $0.line(at: time)
            }
        } + marks.values.map { OutboxEntry.mark($0).line(at: $0.time) }
            + limits.filter { $0.value > clock }.map {
                OutboxEntry.limited($0.key, until: $0.value).line(at: clock)
            }
    }
}
