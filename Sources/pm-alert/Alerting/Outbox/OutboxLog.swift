import Glibc
import PMPipe
import PMRecord

/// Every alert that was decided on, with what became of it: the outbox, from which a process that was killed goes on.
///
/// Lines of JSON, appended. An alert stands in it, synced, before any request that tells it leaves, and before a mark
/// that comes after it is counted as done. One process writes it at a time.
package struct OutboxLog: ~Copyable {
    /// What an earlier process left.
    struct Legacy {
        /// All alerts that are remembered, in their order.
        let alerts: [RecoveredState.Kept]
        /// Until when receivers want nothing.
        let limits: [ChannelAddress: Timestamp]
    }

    /// The file, at whose end it goes on.
    private struct Opened {
        let descriptor: CInt
        let size: Int
        /// Whether its last line has no end.
        var isTorn = false
    }

    private var legacy: Legacy?
    private let path: String
    /// Settled alerts are remembered so long, that a replay of the journal does not tell them again.
    private let memory: Duration
    private let lock: CInt
    private var output: LineWriter
    private var needsSync = false
    private var room: DiskFullBackoff
    private var size: Int
    private var sizeWhenCompact: Int

    /// What the ledger may grow by before it is written anew.
    private static let growth = 64 << 20
    /// Bytes that may wait for room on the disk.
    private static let mostHeld = 16 << 20

    /// Opens the ledger, or makes it with mode 0600, and writes it anew without what is no longer needed, unless there
    /// is no room for it.
    ///
    /// - Throws: ``ExitStatus/tryAgain`` when another process has it.
    package init(path: String, remembering memory: Duration, log: StageLog) throws(StageError) {
        let lock = try Self.lock(path)
        let opened: (legacy: Legacy, file: Opened, unreadable: Int)
        do throws(StageError) {
            let state = try Self.read(path)
            let kept = state.kept(since: .now().advanced(by: .zero - memory))
            let file = try Self.renew(path, state.entries(of: kept, at: .now()))
            opened = (Legacy(alerts: kept, limits: state.limits), file, state.unreadable)
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
                "lines of the ledger \(path) that are no entries: \(opened.unreadable); a crash may have torn the last"
            )
        }
        legacy = opened.legacy
        room = DiskFullBackoff(log: log)
        output = LineWriter(descriptor: opened.file.descriptor, name: "ledger \(path)")
        (size, sizeWhenCompact) = (opened.file.size, opened.file.size)
        // Or what comes first would be part of what was torn.
        if opened.file.isTorn { output.append([]) }
    }

    deinit {
        close(output.descriptor)
        close(lock)
    }

    /// How far each stream has been dealt with, by the ledger there. Needs no lock.
    package static func cursors(in path: String) throws(StageError) -> [Mark] {
        try read(path).marks.values.sorted { $0.stream < $1.stream }
    }

    /// What an earlier process left, once.
    mutating func takeLegacy() -> Legacy? { legacy.take() }

    mutating func note(_ entry: OutboxEntry, at clock: Timestamp) {
        let line = entry.line(at: clock)
        size += line.count + 1
        output.append(line)
        needsSync = true
    }

    /// When a full disk is to be tried again; `nil` while there is room.
    var nextTry: ContinuousClock.Instant? { room.nextTry }

    /// Whether so much waits for room that no more should be noted.
    var isFull: Bool { room.isLacking && output.count > Self.mostHeld }

    /// Makes all that was noted outlast us. Nothing may leave the process before what it rests on has passed here.
    ///
    /// - Returns: Whether it has. While the disk is full it has not: it is kept, and tried again.
    mutating func sync(at now: ContinuousClock.Instant) throws(StageError) -> Bool {
        guard needsSync else { return true }
        guard room.mayTry(at: now) else { return false }
        do throws(StageError) {
            try output.flush()
            guard fdatasync(output.descriptor) == 0 else { throw .unable(to: "sync ledger \(path)") }
        } catch {
            try room.failed(error, at: now)
            return false
        }
        room.worked()
        needsSync = false
        if size > sizeWhenCompact + Self.growth { try compact() }
        return true
    }

    private mutating func compact() throws(StageError) {
        let state = try Self.read(path)
        let kept = state.kept(since: .now().advanced(by: .zero - memory))
        let file = try Self.renew(path, state.entries(of: kept, at: .now()))
        close(output.descriptor)
        output = LineWriter(descriptor: file.descriptor, name: "ledger \(path)")
        (size, sizeWhenCompact) = (file.size, file.size)
    }

    /// The lock is a file of its own, for the ledger is replaced when it is written anew.
    private static func lock(_ path: String) throws(StageError) -> CInt {
        let descriptor = open("\(path).lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .unable(to: "open \(path).lock") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw StageError(.tryAgain, "another pm-alert writes the ledger \(path)")
        }
        return descriptor
    }

    private static func read(_ path: String) throws(StageError) -> RecoveredState {
        var state = RecoveredState()
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return state }
            throw .unable(to: "open ledger \(path)")
        }
        defer { close(descriptor) }
        // A trade's line of 1 MiB is within a line of ours. A last line without its end was never synced, and
        // what is incomplete is no entry.
        var input = LineReader(descriptor: descriptor, name: "ledger \(path)", longestLine: 4 << 20)
        while true {
            let arrival = try input.wait()
            input.forEachLine { line, isTooLong in
                guard !isTooLong else { return }
                state.take(line.withUnsafeBufferPointer { Array($0) })
            }
            if arrival == .end { return state }
        }
    }

    /// Writes the ledger anew; where the disk has no room for a second one, the first is gone on with.
    private static func renew(
        _ path: String, _ entries: [[UInt8]]
    ) throws(StageError) -> Opened {
        let draft = "\(path).new"
        do throws(StageError) {
            return try rewrite(path, by: draft, entries)
        } catch {
            guard error.isForLackOfRoom else { throw error }
            unlink(draft)
            return try goOn(with: path)
        }
    }

    /// Opens the ledger as it is.
    private static func goOn(with path: String) throws(StageError) -> Opened {
        let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .unable(to: "open ledger \(path)") }
        let size = lseek(descriptor, 0, SEEK_END)
        var last = UInt8(ascii: "\n")
        _ = pread(descriptor, &last, 1, max(0, size - 1))
        return Opened(descriptor: descriptor, size: Int(size), isTorn: last != UInt8(ascii: "\n"))
    }

    /// Written beside, synced and renamed: there is always a whole one.
    private static func rewrite(
        _ path: String, by draft: String, _ entries: [[UInt8]]
    ) throws(StageError) -> Opened {
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .unable(to: "make \(draft)") }
        var output = LineWriter(descriptor: descriptor, name: "ledger \(path)")
        var size = 0
        do throws(StageError) {
            for entry in entries {
                size += entry.count + 1
                output.append(entry)
                if output.count > 1 << 20 { try output.flush() }
            }
            try output.flush()
            guard fsync(descriptor) == 0, rename(draft, path) == 0 else {
                throw .unable(to: "write ledger \(path)")
            }
            try syncDirectory(of: path)
        } catch {
            close(descriptor)
            throw error
        }
        return Opened(descriptor: descriptor, size: size)
    }

    private static func syncDirectory(of path: String) throws(StageError) {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unable(to: "open \(folder)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .unable(to: "sync \(folder)") }
    }
}
