import Glibc
import PMPipe
import PMRecord

/// Every alert that was decided on, with what became of it: the outbox, from which a process that was killed goes on.
///
/// Lines of JSON, appended. An alert stands in it, synced, before any request that tells it leaves, and before a mark
/// that comes after it is counted as done. One process writes it at a time.
package struct Ledger: ~Copyable {
    /// What an earlier process left.
    struct Legacy {
        /// All alerts that are remembered, in their order.
        let alerts: [LedgerState.Kept]
        /// Until when receivers want nothing.
        let limits: [ChannelAddress: Timestamp]
    }

    private var legacy: Legacy?
    private let path: String
    private let lock: CInt
    private var output: LineWriter
    private var needsSync = false
    private var size: Int
    private var sizeWhenCompact: Int

    /// Settled alerts are remembered so long, that a replay of the journal does not tell them again.
    static let memory = Duration.seconds(48 * 3600)
    /// What the ledger may grow by before it is written anew.
    private static let growth = 64 << 20

    /// Opens the ledger, or makes it with mode 0600, and writes it anew without what is no longer needed.
    ///
    /// - Throws: ``ExitStatus/tryAgain`` when another process has it.
    package init(path: String) throws(StageError) {
        let lock = try Self.lock(path)
        let opened: (legacy: Legacy, descriptor: CInt, size: Int)
        do throws(StageError) {
            let state = try Self.read(path)
            let kept = state.kept(since: .now().advanced(by: .zero - Self.memory))
            let (descriptor, size) = try Self.rewrite(path, state.entries(of: kept, at: .now()))
            opened = (Legacy(alerts: kept, limits: state.limits), descriptor, size)
        } catch {
            close(lock)
            throw error
        }
        self.path = path
        self.lock = lock
        legacy = opened.legacy
        output = LineWriter(descriptor: opened.descriptor, name: "ledger \(path)")
        (size, sizeWhenCompact) = (opened.size, opened.size)
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

    mutating func note(_ entry: LedgerEntry, at clock: Timestamp) {
        let line = entry.line(at: clock)
        size += line.count + 1
        output.append(line)
        needsSync = true
    }

    /// Makes all that was noted outlast us. Nothing may leave the process before what it rests on has passed here.
    mutating func sync() throws(StageError) {
        guard needsSync else { return }
        try output.flush()
        guard fdatasync(output.descriptor) == 0 else { throw .unable(to: "sync ledger \(path)") }
        needsSync = false
        if size > sizeWhenCompact + Self.growth { try compact() }
    }

    private mutating func compact() throws(StageError) {
        let state = try Self.read(path)
        let kept = state.kept(since: .now().advanced(by: .zero - Self.memory))
        let (fresh, size) = try Self.rewrite(path, state.entries(of: kept, at: .now()))
        close(output.descriptor)
        output = LineWriter(descriptor: fresh, name: "ledger \(path)")
        (self.size, sizeWhenCompact) = (size, size)
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

    private static func read(_ path: String) throws(StageError) -> LedgerState {
        var state = LedgerState()
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

    /// Written beside, synced and renamed: there is always a whole one.
    private static func rewrite(
        _ path: String, _ entries: [[UInt8]]
    ) throws(StageError) -> (descriptor: CInt, size: Int) {
        let draft = "\(path).new"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .unable(to: "make \(draft)") }
        var output = LineWriter(descriptor: descriptor, name: "ledger \(path)")
        var size = 0
        for entry in entries {
            size += entry.count + 1
            output.append(entry)
            if output.count > 1 << 20 { try output.flush() }
        }
        try output.flush()
        guard fsync(descriptor) == 0, rename(draft, path) == 0 else {
            close(descriptor)
            throw .unable(to: "write ledger \(path)")
        }
        try syncDirectory(of: path)
        return (descriptor, size)
    }

    private static func syncDirectory(of path: String) throws(StageError) {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unable(to: "open \(folder)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .unable(to: "sync \(folder)") }
    }
}
