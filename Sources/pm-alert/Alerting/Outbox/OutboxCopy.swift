import PMPipe
import PMRecord

/// The new file of a compaction, while it is written.
struct OutboxCopy: ~Copyable {
    /// The places of the open alerts in the new file.
    private(set) var places: [RevisionID: OutboxPlace] = [:]
    /// The size of the new file in bytes.
    private(set) var size = 0
    private let state: OpenEntries
    /// The time since which completed alerts are remembered.
    private let oldest: Timestamp
    private var filter = EntryChecksum.Filter()
    private var output: LineWriter

    init(to draft: OutboxFile, _ state: OpenEntries, since oldest: Timestamp, name: String) {
        self.state = state
        self.oldest = oldest
        output = LineWriter(descriptor: draft.descriptor, name: name)
    }

    /// Copies a line of the old file if it is needed, with a checksum. Leaves out damaged lines.
    mutating func add(_ bytes: Span<UInt8>, _ kind: OutboxReader.Line) throws(StageError) {
        let verdict = filter.check(bytes, kind)
        guard verdict != .wrong else { return }
        let copied = bytes.withUnsafeBufferPointer { Array($0) }
        guard let line = OutboxLine(copied), state.keeps(line, since: oldest) else { return }
        if case .alert(let id, _) = line.entry, state.places[id] != nil {
            places[id] = OutboxPlace(
                offset: size, count: copied.count + (verdict == .valid ? 0 : EntryChecksum.size))
        }
        try append(verdict == .valid ? copied : EntryChecksum.adding(to: copied))
    }

    /// Appends the entries that are kept in memory, and writes the rest to the file.
    mutating func finish(at clock: Timestamp) throws(StageError) {
        for entry in state.summary(at: clock, since: oldest) {
            try append(EntryChecksum.adding(to: entry.line(at: clock)))
        }
        try output.flush()
    }

    private mutating func append(_ line: [UInt8]) throws(StageError) {
        size += line.count + 1
        output.append(line)
        if output.count > 1 << 20 { try output.flush() }
    }
}
