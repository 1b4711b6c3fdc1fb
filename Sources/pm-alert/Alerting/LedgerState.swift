import PMRecord

/// What the ledger's lines come to.
struct LedgerState {
    /// An alert that was told, or is still to be told, on some channels.
    struct Kept {
        let alert: Alert
        /// Where it is not settled yet, and whether a request may have arrived there.
        var open: [ChannelAddress: Doubt]
    }

    enum Doubt {
        case none
        /// A request was about to leave, and nobody lived to hear how it went.
        case inDoubt
    }

    private(set) var alerts: [LedgerKeyOfAlert: Kept] = [:]
    /// In the order in which they were decided on.
    private(set) var order: [LedgerKeyOfAlert] = []
    private(set) var marks: [String: Mark] = [:]
    /// Lines that are no entries, such as what another program wrote.
    private(set) var unreadable = 0

    mutating func take(_ line: [UInt8]) {
        guard let entry = LedgerEntry(line) else {
            unreadable += 1
            return
        }
        switch entry {
        case .alert(let alert, let channels):
            let key = LedgerKeyOfAlert(id: alert.id, revision: alert.revision)
            if alerts[key] == nil {
                alerts[key] = Kept(alert: alert, open: [:])
                order.append(key)
            }
            // A dead letter that comes back opens a channel again.
            for channel in channels { alerts[key]!.open[channel] = Doubt.none }
        case .attempt(let delivered): note(delivered, .inDoubt)
        case .failed(let delivered): note(delivered, .none)
        case .settled(let delivered, let outcome):
            guard outcome != .pending else { return note(delivered, .none) }
            alerts[LedgerKeyOfAlert(delivered)]?.open[delivered.address] = nil
        case .mark(let mark):
            if mark.seq >= marks[mark.stream]?.seq ?? 0 { marks[mark.stream] = mark }
        }
    }

    private mutating func note(_ delivered: LedgerEntry.Delivered, _ doubt: Doubt) {
        guard alerts[LedgerKeyOfAlert(delivered)]?.open[delivered.address] != nil else { return }
        alerts[LedgerKeyOfAlert(delivered)]!.open[delivered.address] = doubt
    }

    /// The alerts in their order, without those that are settled and so old that nothing will ask for them again.
    func kept(since oldest: Timestamp) -> [Kept] {
        order.compactMap { alerts[$0] }.filter { !$0.open.isEmpty || $0.alert.decidedAt >= oldest }
    }
}

struct LedgerKeyOfAlert: Hashable {
    let id: String
    let revision: Int

    init(id: String, revision: Int) {
        self.id = id
        self.revision = revision
    }

    init(_ delivered: LedgerEntry.Delivered) {
        self.init(id: delivered.id, revision: delivered.revision)
    }
}
