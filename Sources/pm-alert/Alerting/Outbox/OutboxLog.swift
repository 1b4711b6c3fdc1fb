import Glibc
import PMPipe
import PMRecord

/// Appends every alert and the progress of its deliveries to the outbox, a write-ahead log, and syncs it. After a crash,
/// the next process continues from it. The option `--ledger` gives its path.
///
/// The file has lines of JSON. An alert is synced before any request with the alert leaves, and before a later mark is
/// passed. One process writes the file at a time.
///
/// The outbox is also where alerts wait: memory has their places in the file, and ``alert(_:)`` reads them again. Without
/// a path, the file has no name, is never synced, and has only the alerts that wait.
package final class OutboxLog {
    private let path: String?
    /// The time for which completed alerts are kept, so that a replay of the journal does not issue them again.
    private let memory: Duration
    private let log: StageLog
    private let lock: CInt?
    private var recovery: OutboxRecovery?

    private var file: OutboxFile
    private var output: LineWriter
    /// The size of the file in bytes, with what is still to be written.
    private var size = 0
    private var sizeWhenCompacted = 0
    private var needsSync = false
    private var nextCheck = ContinuousClock.now
    private var backoff: DiskFullBackoff
    private var state: OpenEntries

    /// The growth in bytes after which the file is compacted.
    private static let compactionGrowth = 64 << 20
    /// The most bytes that wait while the disk is full.
    private static let capacityOnFullDisk = 16 << 20
    /// Bytes after which entries are written before ``sync(at:)`` is called.
    private static let bufferSize = 1 << 20

    /// Opens the outbox, or makes it with mode 0600. Compacts it, unless the disk is full.
    ///
    /// - Parameter path: `nil` to keep alerts out of memory only.
    /// - Throws: ``ExitStatus/tryAgain`` when another process writes it.
    package init(path: String?, remembering memory: Duration, log: StageLog) throws(StageError) {
        let lock = try path.map(OutboxFile.lock)
        let (clock, name) = (Timestamp.now(), OutboxFile.name(path))
        var recovered = RecoveredState()
        var file: OutboxFile
        do throws(StageError) {
            file = try OutboxFile.open(path)
            try Self.read(file, into: &recovered)
        } catch {
            if let lock { close(lock) }
            throw error
        }
        recovered.finish(at: clock)
        if recovered.damaged > 0 {
            log.error(
                .delivery,
                "\(name): \(recovered.damaged) entries are damaged; alerts about trades after the last mark before "
                    + "them are decided on again, and marked where they may have been delivered")
        } else if recovered.isCutOff {
            log.notice("\(name): the last entry is incomplete, as after a crash, and is ignored")
        }
        self.path = path
        self.memory = memory
        self.log = log
        self.lock = lock
        self.file = file
        output = LineWriter(descriptor: file.descriptor, name: name)
        backoff = DiskFullBackoff(log: log)
        state = OpenEntries(recovered)
        (size, sizeWhenCompacted) = (file.size, file.size)
        do throws(StageError) {
            try compact(at: clock)
        } catch {
            // The disk has no room for a second file. The first is used as it is.
            guard error.isForLackOfRoom else { throw error }
            // Ends a line that a crash has cut off, so that the first entry is a line of its own.
            if recovered.isCutOff {
                output.append([])
                size += 1
            }
        }
        if size > 0 {
            recovery = try OutboxRecovery(self.file.descriptor, upTo: size, recovered, name: name)
        }
    }

    deinit {
        file.close()
        if let lock { close(lock) }
    }

    /// Returns the last mark of each stream in the outbox. Needs no lock.
    package static func cursors(in path: String) throws(StageError) -> [Mark] {
        guard let file = try OutboxFile.openForReading(path) else { return [] }
        defer { file.close() }
        var recovered = RecoveredState()
        try read(file, into: &recovered)
        return recovered.marks.values.sorted { $0.stream < $1.stream }
    }

    /// Returns the state that an earlier process left; `nil` if there is none, and on later calls.
    func takeRecovery() -> OutboxRecovery? { recovery.take() }

    /// Appends an entry. ``sync(at:)`` writes it.
    func note(_ entry: OutboxEntry, at clock: Timestamp) {
        guard path != nil || entry.mustBeReadAgain else { return }
        let line = EntryChecksum.adding(to: entry.line(at: clock))
        state.note(entry, OutboxPlace(offset: size, count: line.count))
        size += line.count + 1
        output.append(line)
        needsSync = true
        // A failure shows again at the next sync.
        if output.count > Self.bufferSize, !backoff.isDiskFull { try? output.flush() }
    }

    /// Reads an alert that was noted and not forgotten; `nil` if it cannot be read.
    func alert(_ id: RevisionID) -> Alert? {
        guard let place = state.places[id] else { return nil }
        let written = size - output.count
        let line =
            place.offset >= written
            ? output.waiting(at: place.offset - written, count: place.count) : file.read(place)
        guard let line, EntryChecksum.check(line.span) != .wrong else { return nil }
        return (try? Record(line)).flatMap(Alert.init(entry:))
    }

    /// Forgets the place of an alert that is not read again.
    func forget(_ id: RevisionID) {
        state.places[id] = nil
        // Nothing of a file without a name is needed any more.
        if path == nil, state.places.isEmpty, size > 0, (try? output.flush()) != nil,
            ftruncate(file.descriptor, 0) == 0
        {
            size = 0
        }
    }

    /// The time at which ``sync(at:)`` must be called again; `nil` unless the disk is full.
    var nextTry: ContinuousClock.Instant? { path == nil ? nil : backoff.nextTry }

    /// True if so many bytes wait for a full disk that no further entry should be noted.
    var isFull: Bool { backoff.isDiskFull && output.count > Self.capacityOnFullDisk }

    /// Writes all entries and syncs the file. Nothing that relies on an entry may leave the process before.
    ///
    /// - Returns: `false` while the disk is full; the entries stay in memory.
    func sync(at now: ContinuousClock.Instant) throws(StageError) -> Bool {
        if needsSync || nextCheck <= now { try restoreIfDeleted(at: now) }
        guard needsSync, path != nil else { return true }
        guard backoff.allowsTry(at: now) else { return false }
        do throws(StageError) {
            try output.flush()
            guard fdatasync(output.descriptor) == 0 else {
                throw .unable(to: "sync \(OutboxFile.name(path))")
            }
            backoff.recordSuccess()
            needsSync = false
            if size > sizeWhenCompacted + Self.compactionGrowth { try compact(at: .now()) }
        } catch {
            try backoff.recordFailure(error, at: now)
            return false
        }
        return true
    }

    // MARK: Private

    /// Writes the file again if somebody has deleted it: a file without a name would be lost with the process.
    private func restoreIfDeleted(at now: ContinuousClock.Instant) throws(StageError) {
        nextCheck = now + .seconds(1)
        switch file.place {
        case .unchanged: return
        case .taken:
            throw StageError(.inputOutput, "another file has taken the place of \(OutboxFile.name(path))")
        case .deleted:
            log.error(.delivery, "\(OutboxFile.name(path)) was deleted; writing it again")
            do throws(StageError) {
                try output.flush()
                try compact(at: .now())
            } catch {
                try backoff.recordFailure(error, at: now)
            }
        }
    }

    /// Replaces the file by one without the entries that are not needed any more. Copies line by line, and so needs
    /// memory for the places of the open alerts only.
    private func compact(at clock: Timestamp) throws(StageError) {
        let name = OutboxFile.name(path)
        let draft = try OutboxFile.draft(of: path)
        do throws(StageError) {
            var copy = OutboxCopy(to: draft, state, since: clock.advanced(by: .zero - memory), name: name)
            var reader = OutboxReader(descriptor: file.descriptor, upTo: size - output.count, name: name)
            try reader.forEachLine { (line, _, kind) throws(StageError) in try copy.add(line, kind) }
            try copy.finish(at: clock)
            try draft.takePlace()
            state.places = copy.places
            (size, sizeWhenCompacted) = (copy.size, copy.size)
        } catch {
            draft.discard()
            throw error
        }
        file.close()
        file = draft
        output = LineWriter(descriptor: draft.descriptor, name: name)
    }

    private static func read(_ file: OutboxFile, into state: inout RecoveredState) throws(StageError) {
        var reader = OutboxReader(
            descriptor: file.descriptor, upTo: file.size, name: OutboxFile.name(file.path))
        try reader.forEachLine { (line, offset, kind) throws(StageError) in
            state.add(line, at: offset, kind)
        }
    }
}
