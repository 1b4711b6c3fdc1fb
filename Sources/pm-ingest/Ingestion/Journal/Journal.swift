import Glibc
import PMPipe

/// What was heard, written and synced before it is told, so that nothing told can be lost.
///
/// Each line is byte-identical to the line on standard output: `cat DIR/*.ndjson` is replay. No index and no
/// reader's place stand beside it; a consumer's place is in the consumer's own transaction.
package final class Journal {
    package enum Sync: String, Sendable, CaseIterable {
        /// After every line.
        case always
        /// Once for all that one wait brought.
        case batch
        /// When the kernel likes.
        case off
    }

    package struct Options: Sendable {
        package var directory: String
        package var sync = Sync.batch
        package var trimming = Trimming()
        /// Bytes after which a new segment begins. The default is 64 MiB.
        package var segmentSize = 64 << 20
        /// How long after a fault it is tried again. The default is 5 s.
        package var patience = Duration.seconds(5)

        package init(directory: String) {
            self.directory = directory
        }
    }

    /// A place behind a line that is synced.
    package struct Position: Sendable, Equatable {
        package let segment: Segment
        package let end: Int

        package init(segment: Segment, end: Int) {
            self.segment = segment
            self.end = end
        }
    }

    /// What became of the lines that were appended since the last commit.
    package enum Outcome: Equatable {
        case nothing
        /// They are safe: what stands before this place may be told.
        case durable(Position)
        /// They could not be written, for that reason; they are the caller's again.
        case failed([[UInt8]], reason: String)
    }

    package let stream: String
    /// What earlier runs left.
    package let history: History
    /// Times that the kernel would not sync.
    package private(set) var syncErrors = 0
    /// Whether the last attempt to write failed.
    package private(set) var isDegraded = false
    /// Segments begun in this run.
    package private(set) var segments = 0

    private let options: Options
    private let directory: JournalDirectory
    private var file: SegmentFile?
    private var pending: [[UInt8]] = []
    private var firstPending: UInt64 = 0
    private var retryAt: ContinuousClock.Instant?

    /// Opens the journal and mends what a crash has left: an unfinished last line is cut off.
    package init(_ options: Options) throws(StageError) {
        self.options = options
        directory = try JournalDirectory(path: options.directory)
        stream = directory.stream
        history = try History(recovering: options.directory)
    }

    package var syncsEveryLine: Bool { options.sync == .always }

    /// Takes a line for the next commit.
    package func append(_ line: [UInt8], seq: UInt64) {
        if pending.isEmpty { firstPending = seq }
        pending.append(line)
    }

    /// Writes and syncs what was appended.
    package func commit(at now: ContinuousClock.Instant) -> Outcome {
        guard !pending.isEmpty else { return .nothing }
        if let retryAt, now < retryAt { return fail(reason: "waiting to try again") }
        do throws(Errno) {
            let end = try write()
            (pending, retryAt, isDegraded) = ([], nil, false)
            return .durable(end)
        } catch {
            retryAt = now + options.patience
            return fail(reason: "\(error)")
        }
    }

    /// What is older than it need be; what is not told yet only to make room.
    ///
    /// - Parameters:
    ///   - told: The number of the last line on standard output.
    ///   - cursor: The place up to which every consumer has come; `nil` when nobody said.
    package func trimmable(told: UInt64, cursor: UInt64?, at now: Int) -> Trimming.Verdict {
        let entries = Segment.all(in: directory.path).compactMap { Trimming.Entry($0, in: directory.path) }
        return options.trimming.verdict(on: entries, told: told, cursor: cursor, at: now)
    }

    package func delete(_ segments: [Segment]) {
        guard !segments.isEmpty else { return }
        for segment in segments { unlink(segment.path(in: directory.path)) }
        try? syncDirectory(directory.path)
    }

    private func write() throws(Errno) -> Position {
        let bytes = pending.reduce(into: [UInt8]()) { bytes, line in
            bytes += line
            bytes.append(UInt8(ascii: "\n"))
        }
        do throws(Errno) {
            return try append(bytes)
        } catch {
            // A file that failed once is not trusted again; what was not synced goes to a new one.
            file = nil
            guard error.number == EIO else { throw error }
            syncErrors += 1
            return try append(bytes)
        }
    }

    private func append(_ bytes: [UInt8]) throws(Errno) -> Position {
        guard let file, file.isInPlace, file.size < options.segmentSize else { return try begin(with: bytes) }
        try file.append(bytes, sync: options.sync != .off)
        return Position(segment: file.segment, end: file.size)
    }

    private func begin(with bytes: [UInt8]) throws(Errno) -> Position {
        self.file = nil
        if access(directory.path, F_OK) != 0 { try? directory.remake() }
        let file = try SegmentFile(Segment(first: firstPending), in: directory.path)
        do throws(Errno) {
            try file.append(bytes, sync: options.sync != .off)
        } catch {
            unlink(file.segment.path(in: directory.path))
            throw error
        }
        self.file = file
        segments += 1
        return Position(segment: file.segment, end: file.size)
    }

    private func fail(reason: String) -> Outcome {
        isDegraded = true
        defer { pending = [] }
        return .failed(pending, reason: reason)
    }
}
