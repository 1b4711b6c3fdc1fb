import Glibc
import PMPipe

/// The write-ahead journal: every line is written and synced here before it is emitted, so that no emitted line can be
/// lost.
///
/// Each line is byte-identical to the line on standard output: `cat DIR/*.ndjson` is a replay. The journal has no index
/// and stores no cursor; each consumer commits its cursor with its own data.
package final class Journal {
    package enum Sync: String, Sendable, CaseIterable {
        /// After every line.
        case always
        /// Once for all lines of one turn of the event loop.
        case batch
        /// Never; the kernel decides when to write.
        case off
    }

    package struct Options: Sendable {
        package var directory: String
        package var sync = Sync.batch
        package var retention = RetentionPolicy()
        /// The size at which a new segment begins, in bytes. The default is 64 MiB.
        package var segmentSize = 64 << 20
        /// The pause before a retry after an error. The default is 5 s.
        package var retryDelay = Duration.seconds(5)

        package init(directory: String) {
            self.directory = directory
        }
    }

    /// An offset in a segment, directly after a synced line.
    package struct Offset: Sendable, Equatable {
        package let segment: Segment
        /// Bytes from the start of the segment.
        package let end: Int
        /// The number of the last line before it.
        package let lastSeq: UInt64

        package init(segment: Segment, end: Int, lastSeq: UInt64) {
            self.segment = segment
            self.end = end
            self.lastSeq = lastSeq
        }
    }

    /// The result of a commit.
    package enum CommitResult: Equatable {
        /// There was nothing to write.
        case empty
        /// The lines are synced. Everything before this offset may be emitted.
        case durable(Offset)
        /// The lines could not be written, for this reason. They are handed back to the caller.
        case failed([[UInt8]], reason: String)
    }

    package let stream: String
    /// The state that earlier runs left.
    package let recovery: JournalRecovery
    /// The number of failed syncs.
    package private(set) var syncErrors = 0
    /// True if the last attempt to write failed.
    package private(set) var isDegraded = false
    /// The number of segments that this run has begun.
    package private(set) var segments = 0
    /// The number of times that another program has deleted, moved or shortened the segment being written.
    package private(set) var displacements = 0
    /// The number of the last line that is in the journal; 0 without any.
    package private(set) var lastSeq: UInt64

    private let options: Options
    private var directory: JournalDirectory
    private var file: SegmentFile?
    private var pending: [[UInt8]] = []
    private var firstPending: UInt64 = 0
    private var lastPending: UInt64 = 0
    private var retryAt: ContinuousClock.Instant?

    /// Opens the journal and repairs it after a crash: an unfinished last line is cut off.
    package init(_ options: Options) throws(StageError) {
        self.options = options
        directory = try JournalDirectory(path: options.directory)
        stream = directory.stream
        recovery = JournalRecovery(of: options.directory)
        lastSeq = recovery.lastSeq
    }

    /// True if the directory has lines of earlier runs, but its stream id was missing.
    package var hasLostItsStream: Bool { directory.isNewStream && !recovery.segments.isEmpty }

    package var syncsEveryLine: Bool { options.sync == .always }

    /// Adds a line to the next commit.
    package func append(_ line: [UInt8], seq: UInt64) {
        if pending.isEmpty { firstPending = seq }
        pending.append(line)
        lastPending = seq
    }

    /// Writes and syncs the appended lines.
    package func commit(at now: ContinuousClock.Instant) -> CommitResult {
        guard !pending.isEmpty else { return .empty }
        if let retryAt, now < retryAt { return fail(reason: "waiting to try again") }
        do throws(Errno) {
            let end = try write()
            (pending, retryAt, isDegraded) = ([], nil, false)
            lastSeq = lastPending
            return .durable(end)
        } catch {
            retryAt = now + options.retryDelay
            return fail(reason: "\(error)")
        }
    }

    /// Decides which segments to delete.
    ///
    /// - Parameters:
    ///   - emitted: The sequence number of the last line on standard output.
    ///   - cursor: The sequence number that every consumer has reached; `nil` when none reports it.
    ///   - now: Seconds since 1970.
    package func retentionPlan(emitted: UInt64, cursor: UInt64?, at now: Int) -> RetentionPolicy.Plan {
        let segments = Segment.all(in: directory.path).compactMap {
            RetentionPolicy.SegmentInfo($0, in: directory.path)
        }
        return options.retention.plan(for: segments, emitted: emitted, cursor: cursor, at: now)
    }

    package func delete(_ segments: [Segment]) {
        guard !segments.isEmpty else { return }
        for segment in segments { unlink(segment.path(in: directory.path)) }
        try? syncDirectory(directory.path)
    }

    private func write() throws(Errno) -> Offset {
        let bytes = pending.reduce(into: [UInt8]()) { bytes, line in
            bytes += line
            bytes.append(UInt8(ascii: "\n"))
        }
        do throws(Errno) {
            return try append(bytes)
        } catch {
            // After an error the file is not trusted again; lines that were not synced go to a new one.
            file = nil
            guard error.number == EIO else { throw error }
            syncErrors += 1
            return try append(bytes)
        }
    }

    private func append(_ bytes: [UInt8]) throws(Errno) -> Offset {
        guard let file else { return try beginSegment(with: bytes) }
        guard file.isInPlace(in: directory.path) else {
            displacements += 1
            return try beginSegment(with: bytes)
        }
        guard file.size < options.segmentSize else { return try beginSegment(with: bytes) }
        try file.append(bytes, sync: options.sync != .off)
        return Offset(segment: file.segment, end: file.size, lastSeq: lastPending)
    }

    private func beginSegment(with bytes: [UInt8]) throws(Errno) -> Offset {
        self.file = nil
        if access(directory.path, F_OK) != 0 { try? directory.recreate() }
        let file = try SegmentFile(Segment(first: firstPending), in: directory.path)
        do throws(Errno) {
            try file.append(bytes, sync: options.sync != .off)
        } catch {
            unlink(file.segment.path(in: directory.path))
            throw error
        }
        self.file = file
        segments += 1
        return Offset(segment: file.segment, end: file.size, lastSeq: lastPending)
    }

    private func fail(reason: String) -> CommitResult {
        isDegraded = true
        defer { pending = [] }
        return .failed(pending, reason: reason)
    }
}
