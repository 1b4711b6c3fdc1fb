import Glibc
import PMPipe
import PMRecord

/// Appends every alert and the progress of its deliveries to the outbox, a write-ahead log, and syncs it. After a crash,
/// the next process continues from it. The option `--ledger` gives its path.
///
/// The file has lines of JSON. An alert is synced before any request with the alert leaves, and before a later mark is
/// passed. One process writes the file at a time.
package struct OutboxLog: ~Copyable {
    /// The state that an earlier process left.
    struct Recovery {
        /// The alerts, in the order in which they were decided on.
        let alerts: [RecoveredAlert]
        /// The times before which receivers ask for no message.
        let pauses: [ChannelAddress: Timestamp]
    }

    private var recovery: Recovery?
    private let path: String
    /// The time for which completed alerts are kept, so that a replay of the journal does not issue them again.
    private let memory: Duration
    private let lock: CInt
    private var output: LineWriter
    private var needsSync = false
    private var backoff: DiskFullBackoff
    private var size: Int
    private var sizeWhenCompacted: Int

    /// The growth in bytes after which the file is compacted.
    private static let compactionGrowth = 64 << 20
    /// The most bytes that wait while the disk is full.
    private static let capacityOnFullDisk = 16 << 20

    /// Opens the outbox, or makes it with mode 0600. Compacts it, unless the disk is full.
    ///
    /// - Throws: ``ExitStatus/tryAgain`` when another process writes it.
    package init(path: String, remembering memory: Duration, log: StageLog) throws(StageError) {
        let lock = try Self.lock(path)
        let opened: (recovery: Recovery, file: OutboxCompaction, unreadable: Int)
        do throws(StageError) {
            let state = try Self.read(path)
            let alerts = state.alerts(since: .now().advanced(by: .zero - memory))
            let file = try OutboxCompaction.replace(path, with: state.lines(of: alerts, at: .now()))
            opened = (Recovery(alerts: alerts, pauses: state.pauses), file, state.unreadable)
        } catch {
            close(lock)
            throw error
        }
        self.path = path
        self.memory = memory
        self.lock = lock
        if opened.unreadable > 0 {
            log.warning(
                .delivery,
                "outbox \(path): skipped \(opened.unreadable) lines that are no entries; a crash may cut off the last"
            )
        }
        recovery = opened.recovery
        backoff = DiskFullBackoff(log: log)
        output = LineWriter(descriptor: opened.file.descriptor, name: "outbox \(path)")
        (size, sizeWhenCompacted) = (opened.file.size, opened.file.size)
        // Ends a line that a crash has cut off, so that the first entry is a line of its own.
        if opened.file.endsInsideLine { output.append([]) }
    }

    deinit {
        close(output.descriptor)
        close(lock)
    }

    /// Returns the last mark of each stream in the outbox. Needs no lock.
    package static func cursors(in path: String) throws(StageError) -> [Mark] {
        try read(path).marks.values.sorted { $0.stream < $1.stream }
    }

    /// Returns the state that an earlier process left; `nil` on later calls.
    mutating func takeRecovery() -> Recovery? { recovery.take() }

    /// Appends an entry. ``sync(at:)`` writes it.
    mutating func note(_ entry: OutboxEntry, at clock: Timestamp) {
        let line = entry.line(at: clock)
        size += line.count + 1
        output.append(line)
        needsSync = true
    }

    /// The time at which ``sync(at:)`` must be called again; `nil` unless the disk is full.
    var nextTry: ContinuousClock.Instant? { backoff.nextTry }

    /// True if so many bytes wait for a full disk that no further entry should be noted.
    var isFull: Bool { backoff.isDiskFull && output.count > Self.capacityOnFullDisk }

    /// Writes all entries and syncs the file. Nothing that relies on an entry may leave the process before.
    ///
    /// - Returns: `false` while the disk is full; the entries stay in memory.
    mutating func sync(at now: ContinuousClock.Instant) throws(StageError) -> Bool {
        guard needsSync else { return true }
        guard backoff.allowsTry(at: now) else { return false }
        do throws(StageError) {
            try output.flush()
            guard fdatasync(output.descriptor) == 0 else { throw .unable(to: "sync outbox \(path)") }
        } catch {
            try backoff.recordFailure(error, at: now)
            return false
        }
        backoff.recordSuccess()
        needsSync = false
        if size > sizeWhenCompacted + Self.compactionGrowth { try compact() }
        return true
    }

    private mutating func compact() throws(StageError) {
        let state = try Self.read(path)
        let alerts = state.alerts(since: .now().advanced(by: .zero - memory))
        let file = try OutboxCompaction.replace(path, with: state.lines(of: alerts, at: .now()))
        close(output.descriptor)
        output = LineWriter(descriptor: file.descriptor, name: "outbox \(path)")
        (size, sizeWhenCompacted) = (file.size, file.size)
    }

    /// Locks a file of its own, because compaction replaces the outbox file.
    private static func lock(_ path: String) throws(StageError) -> CInt {
        let descriptor = open("\(path).lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .unable(to: "open \(path).lock") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw StageError(.tryAgain, "another pm-alert uses the outbox \(path)")
        }
        return descriptor
    }

    private static func read(_ path: String) throws(StageError) -> RecoveredState {
        var state = RecoveredState()
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return state }
            throw .unable(to: "open outbox \(path)")
        }
        defer { close(descriptor) }
        // An entry contains a trade's line of up to 1 MiB. A last line without a newline was never synced, and an
        // incomplete one is no entry.
        var input = LineReader(descriptor: descriptor, name: "outbox \(path)", longestLine: 4 << 20)
        while true {
            let arrival = try input.wait()
            input.forEachLine { line, isTooLong in
                guard !isTooLong else { return }
                state.add(line.withUnsafeBufferPointer { Array($0) })
            }
            if arrival == .end { return state }
        }
    }
}
