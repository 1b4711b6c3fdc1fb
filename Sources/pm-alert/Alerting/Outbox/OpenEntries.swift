import PMRecord

/// The place of a line in the outbox file.
struct OutboxPlace {
    let offset: Int
    /// The bytes of the line, without its newline.
    let count: Int
}

/// The part of the outbox that is kept in memory: the places of the alerts that are not completed, and what must be
/// written again when the file is compacted.
struct OpenEntries {
    /// The alerts that are not completed, or whose records are still to be emitted.
    var places: [RevisionID: OutboxPlace] = [:]
    /// The alerts that each receiver may have: their last attempt has no result.
    private(set) var attempts: [ChannelAddress: Set<RevisionID>] = [:]
    private(set) var marks: [String: Mark] = [:]
    private(set) var pauses: [ChannelAddress: Timestamp] = [:]
    private(set) var doubtBefore: Timestamp?

    init(_ recovered: RecoveredState) {
        (marks, pauses, doubtBefore) = (recovered.marks, recovered.pauses, recovered.doubtBefore)
        for (id, entry) in recovered.entries where !entry.isDone {
            places[id] = entry.place
            for (address, progress) in entry.channels {
                if case .inDoubt = progress { attempts[address, default: []].insert(id) }
            }
        }
    }

    mutating func note(_ entry: OutboxEntry, _ place: OutboxPlace) {
        switch entry {
        case .alert(let alert, _): places[alert.revisionID] = place
        case .written: break
        case .delivery(.attempt, let ids, let address): attempts[address, default: []].formUnion(ids)
        case .delivery(_, let ids, let address): attempts[address]?.subtract(ids)
        case .rateLimited(let address, let until): pauses[address] = until
        case .mark(let mark): marks[mark.stream] = mark
        case .doubt(let time): doubtBefore = time
        }
    }

    /// Returns true if a compaction must keep the line.
    ///
    /// - Parameter oldest: The time since which completed alerts are remembered.
    func keeps(_ line: OutboxLine, since oldest: Timestamp) -> Bool {
        switch line.entry {
        case .alert(let id, _), .written(let id): line.time >= oldest || places[id] != nil
        // A delivery ends after the decision, so that no remembered alert loses its result.
        case .delivery(.completed, let ids, _):
            line.time >= oldest || ids.contains { places[$0] != nil }
        // Written again from memory: only the last of each counts.
        case .delivery(.attempt, _, _), .delivery(.failed, _, _), .rateLimited, .mark, .doubt: false
        }
    }

    /// Returns the entries to write after the kept lines.
    ///
    /// - Parameter oldest: The time since which completed alerts are remembered.
    func summary(at clock: Timestamp, since oldest: Timestamp) -> [OutboxEntry] {
        attempts.flatMap { address, ids in
            OutboxEntry.deliveries(.attempt, Array(ids), on: address)
        } + pauses.filter { $0.value > clock }.map { .rateLimited($0.key, until: $0.value) }
            + (doubtBefore.map { $0 >= oldest ? [.doubt(before: $0)] : [] } ?? [])
            // Last, because a mark says that everything before it is complete.
            + marks.values.map { .mark($0) }
    }
}

extension OutboxEntry {
    /// Returns the entries for one step of the delivery of many alerts, a thousand to a line.
    static func deliveries(
        _ step: DeliveryStep, _ ids: [RevisionID], on address: ChannelAddress
    ) -> [OutboxEntry] {
        stride(from: 0, to: ids.count, by: 1000).map {
            .delivery(step, Array(ids[$0..<min($0 + 1000, ids.count)]), address)
        }
    }

    /// True if the entry is needed without a crash: an alert that waits for a channel.
    var mustBeReadAgain: Bool {
        if case .alert(_, let channels) = self { !channels.isEmpty } else { false }
    }
}
