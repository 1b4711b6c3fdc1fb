import CLibwebsockets

/// Frames that wait for their socket, bounded in number and in bytes.
struct SendQueue {
    /// A payload with the room in front that `lws_write` wants, and what to tell it.
    struct Frame {
        var storage: [UInt8]
        let mode: lws_write_protocol

        var count: Int { storage.count - padding }
    }

    private let bound: SendQueueBound
    private var frames: [Frame] = []
    private var head = 0
    private(set) var bytes = 0

    init(bound: SendQueueBound) { self.bound = bound }

    var isEmpty: Bool { head == frames.count }
    var count: Int { frames.count - head }

    /// Queues one message, cut into `pieces` frames; `false`, and nothing queued, when it does not fit.
    mutating func append(_ payload: some Collection<UInt8>, isText: Bool, pieces: Int = 1) -> Bool {
        let total = payload.count
        guard count + pieces <= bound.frames, bytes + total <= bound.bytes else { return false }
        let whole = isText ? LWS_WRITE_TEXT : LWS_WRITE_BINARY
        var rest = payload[...]
        for piece in 0..<pieces {
            let size = rest.count / (pieces - piece)
            let opcode = piece == 0 ? whole : LWS_WRITE_CONTINUATION
            let mark = piece == pieces - 1 ? 0 : LWS_WRITE_NO_FIN.rawValue
            frames.append(Frame(padded: rest.prefix(size), mode: lws_write_protocol(opcode.rawValue | mark)))
            rest = rest.dropFirst(size)
        }
        bytes += total
        return true
    }

    /// Queues one frame of a text message that comes in parts; `false`, and nothing queued, when it does not fit.
    mutating func append(fragment payload: some Collection<UInt8>, isFirst: Bool, isLast: Bool) -> Bool {
        guard count < bound.frames, bytes + payload.count <= bound.bytes else { return false }
        let opcode = isFirst ? LWS_WRITE_TEXT : LWS_WRITE_CONTINUATION
        let mark = isLast ? 0 : LWS_WRITE_NO_FIN.rawValue
        frames.append(Frame(padded: payload, mode: lws_write_protocol(opcode.rawValue | mark)))
        bytes += payload.count
        return true
    }

    /// Queues a PING, which may stand between the frames of a message.
    mutating func appendPing() -> Bool {
        guard count < bound.frames else { return false }
        frames.append(Frame(padded: [], mode: LWS_WRITE_PING))
        return true
    }

    mutating func takeFirst() -> Frame? {
        guard head < frames.count else { return nil }
        let frame = frames[head]
        frames[head].storage = []
        head += 1
        bytes -= frame.count
        // A queue that never runs empty must not keep the places of what has left.
        if head == frames.count || head >= 1_024 {
            frames.removeFirst(head)
            head = 0
        }
        return frame
    }

    mutating func removeAll() {
        (frames, head, bytes) = ([], 0, 0)
    }
}

/// How much may wait for one socket: frames and payload bytes. What does not fit is refused whole.
package struct SendQueueBound: Sendable {
    package var frames: Int
    package var bytes: Int

    /// - Parameters:
    ///   - frames: The default is 1,000, the live page's bound for one viewer.
    ///   - bytes: The default is 1 MiB.
    package init(frames: Int = 1_000, bytes: Int = 1 << 20) {
        self.frames = frames
        self.bytes = bytes
    }
}

private let padding = Int(pm_lws_pre)

extension SendQueue.Frame {
    fileprivate init(padded payload: some Collection<UInt8>, mode: lws_write_protocol) {
        storage = []
        storage.reserveCapacity(padding + payload.count)
        storage.append(contentsOf: repeatElement(0, count: padding))
        storage.append(contentsOf: payload)
        self.mode = mode
    }

    /// Writes the frame; `false` when the socket has failed.
    ///
    /// What the kernel does not take at once libwebsockets keeps and sends first. Masks the payload in place
    /// on the client's side, hence consuming.
    consuming func write(to socket: OpaquePointer) -> Bool {
        let count = count
        return storage.withUnsafeMutableBufferPointer {
            lws_write(socket, $0.baseAddress! + padding, count, mode) >= 0
        }
    }
}
