import PMPipe
import PMRecord

/// The outputs beside the stream: the recording and the rejects. A full disk under them does not stop the feed.
///
/// Data that cannot be written is held, up to a bound, and the write is retried. Beyond the bound, new data is dropped
/// and counted.
struct SideOutputs: ~Copyable {
    /// The pause between two attempts at a file that could not be written.
    private static let retryDelay = Duration.seconds(5)
    /// The most bytes that may wait to be written.
    private static let bound = 4 << 20

    private var recorder: FrameRecorder?
    private var rejects: Rejects
    private let log: StageLog
    /// Bytes that are not written yet.
    private var pendingBytes = 0
    /// The time of the next attempt; `nil` unless the last one failed.
    private var retryAt: ContinuousClock.Instant?
    /// Frames and rejects that were dropped.
    private(set) var unkept = 0

    init(_ recorder: consuming FrameRecorder?, _ rejects: consuming Rejects, log: StageLog) {
        self.recorder = recorder
        self.rejects = rejects
        self.log = log
    }

    var isDegraded: Bool { retryAt != nil }

    mutating func record(_ frame: [UInt8], feed: Feed, connection: Int, receivedAt: Timestamp) {
        guard recorder != nil, reserveRoom(for: frame) else { return }
        recorder?.add(frame, feed: feed, connection: connection, receivedAt: receivedAt)
    }

    mutating func reject(_ frame: [UInt8], number: Int, reason: String) {
        guard reserveRoom(for: frame) else { return }
        rejects.add(frame.span, number: number, reason: reason)
    }

    mutating func flush(at now: ContinuousClock.Instant) {
        if let retryAt, now < retryAt { return }
        do throws(StageError) {
            try recorder?.flush()
            try rejects.flush()
            if retryAt != nil { log.notice("the recording and the rejects are written again") }
            (retryAt, pendingBytes) = (nil, 0)
        } catch {
            if retryAt == nil { log.error(.input, "\(error); trades continue without it") }
            retryAt = now + Self.retryDelay
        }
    }

    private mutating func reserveRoom(for frame: [UInt8]) -> Bool {
        guard pendingBytes < Self.bound else {
            unkept += 1
            return false
        }
        pendingBytes += frame.count
        return true
    }
}
