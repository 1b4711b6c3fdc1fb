import PMJSON
import PMPipe
import PMRecord

/// The progress of an alert on one channel, as the outbox shows it.
enum DeliveryProgress {
    case open
    /// A request was about to leave, and its result was never noted: the receiver may have the alert.
    case inDoubt
    case completed(DeliveryResult)
}

/// The state that the entries of an outbox add up to: the progress of each alert, without the alerts themselves.
struct RecoveredState {
    struct Entry {
        var channels: [(address: ChannelAddress, progress: DeliveryProgress)]
        /// True if the record is on standard output.
        var isWritten = false
        /// The place of the alert's line in the file.
        let place: OutboxPlace

        /// True if nothing is left to do.
        var isDone: Bool {
            channels.isEmpty
                ? isWritten
                : channels.allSatisfy {
                    if case .completed = $0.progress { true } else { false }
                }
        }
    }

    private(set) var marks: [String: Mark] = [:]
    /// The times before which receivers ask for no message.
    private(set) var pauses: [ChannelAddress: Timestamp] = [:]
    private(set) var entries: [RevisionID: Entry] = [:]
    /// The results of alerts whose own lines are missing.
    private(set) var strayResults: [DeliveryID: DeliveryResult] = [:]
    /// Alerts about trades received before this time may have been delivered although no entry says so.
    private(set) var doubtBefore: Timestamp?
    /// The number of lines that are not as they were written.
    private(set) var damaged = 0
    /// True if the last line is incomplete, as after a crash. Nothing relied on it.
    private(set) var isCutOff = false

    /// The end of the last damaged line.
    private var lastDamage = 0
    private var filter = EntryChecksum.Filter()
    /// One copy of each address, because its text would take 100 bytes for each alert.
    private var addresses: [ChannelAddress: ChannelAddress] = [:]

    /// Adds a line of the file. Lines must come in their order.
    mutating func add(_ line: Span<UInt8>, at offset: Int, _ kind: OutboxReader.Line) {
        guard filter.check(line, kind) != .wrong,
            let entry = OutboxLine(line.withUnsafeBufferPointer { Array($0) })
        else {
            if kind == .unfinished {
                isCutOff = true
            } else {
                damaged += 1
                lastDamage = offset + line.count
            }
            return
        }
        add(entry, OutboxPlace(offset: offset, count: line.count))
    }

    /// Applies the damage to the alerts: a damaged line may have said that the delivery of an earlier alert had begun.
    mutating func finish(at clock: Timestamp) {
        guard damaged > 0 else { return }
        doubtBefore = clock
        for (id, entry) in entries where entry.place.offset < lastDamage {
            for index in entry.channels.indices {
                if case .open = entry.channels[index].progress {
                    entries[id]!.channels[index].progress = .inDoubt
                }
            }
        }
    }

    mutating func take(_ id: RevisionID) -> Entry? { entries.removeValue(forKey: id) }

    private mutating func add(_ line: OutboxLine, _ place: OutboxPlace) {
        switch line.entry {
        case .alert(let id, let channels):
            // A redelivered dead letter opens its channels again.
            let others = (entries[id]?.channels ?? []).filter { !channels.contains($0.address) }
            entries[id] = Entry(channels: others + channels.map { (shared($0), .open) }, place: place)
        case .written(let id): entries[id]?.isWritten = true
        case .delivery(let step, let ids, let address):
            for id in ids { set(step.progress, for: DeliveryID(id, address)) }
        case .rateLimited(let address, let until): pauses[shared(address)] = until
        case .mark(let mark):
            // After a damaged line, a mark no longer proves that every earlier alert is here.
            if damaged == 0, mark.seq >= marks[mark.stream]?.seq ?? 0 { marks[mark.stream] = mark }
        case .doubt(let time): doubtBefore = max(time, doubtBefore ?? time)
        }
    }

    private mutating func set(_ progress: DeliveryProgress, for id: DeliveryID) {
        if let index = entries[id.revision]?.channels.firstIndex(where: { $0.address == id.address }) {
            entries[id.revision]!.channels[index].progress = progress
        } else if entries[id.revision] == nil, case .completed(let result) = progress {
            strayResults[id] = result
        }
    }

    private mutating func shared(_ address: ChannelAddress) -> ChannelAddress {
        if let known = addresses[address] { return known }
        addresses[address] = address
        return address
    }
}

extension DeliveryStep {
    fileprivate var progress: DeliveryProgress {
        switch self {
        case .attempt: .inDoubt
        case .failed: .open
        case .completed(let result): result.outcome == .pending ? .open : .completed(result)
        }
    }
}
