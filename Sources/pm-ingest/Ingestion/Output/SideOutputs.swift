import PMPipe
import PMRecord

/// What is kept beside the stream, the recording and the rejects: a disk that takes neither stops no listening.
///
/// What cannot be written waits, up to a bound, and is tried again; beyond it the newest is not kept, and counted.
struct SideOutputs: ~Copyable {
    /// Between two attempts at a file that could not be written.
    private static let patience = Duration.seconds(5)
    /// Bytes that wait for a file at most.
    private static let bound = 4 << 20

    private var recorder: Recorder?
    private var rejects: Rejects
    private let log: StageLog
    /// Bytes of what is not written yet.
    private var waiting = 0
    /// When what failed is tried again; `nil` while all is well.
    private var retryAt: ContinuousClock.Instant?
    /// Frames and rejects that were not kept.
    private(set) var unkept = 0

    init(_ recorder: consuming Recorder?, _ rejects: consuming Rejects, log: StageLog) {
        self.recorder = recorder
        self.rejects = rejects
        self.log = log
    }

    var isDegraded: Bool { retryAt != nil }

    mutating func record(_ frame: [UInt8], feed: Feed, connection: Int, receivedAt: Timestamp) {
        guard recorder != nil, hasRoom(for: frame) else { return }
        recorder?.add(frame, feed: feed, connection: connection, receivedAt: receivedAt)
    }

    mutating func reject(_ frame: [UInt8], number: Int, reason: String) {
        guard hasRoom(for: frame) else { return }
        rejects.add(frame.span, number: number, reason: reason)
    }

    mutating func flush(at now: ContinuousClock.Instant) {
        if let retryAt, now < retryAt { return }
        do throws(StageError) {
            try recorder?.flush()
            try rejects.flush()
            if retryAt != nil { log.notice("what is kept beside the stream is written again") }
            (retryAt, waiting) = (nil, 0)
        } catch {
            if retryAt == nil { log.error(.input, "\(error); trades go on") }
            retryAt = now + Self.patience
        }
    }

    private mutating func hasRoom(for frame: [UInt8]) -> Bool {
        guard waiting < Self.bound else {
            unkept += 1
            return false
        }
        waiting += frame.count
        return true
    }
}
