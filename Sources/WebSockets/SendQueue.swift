import CLibwebsockets
import DequeModule

/// The frames queued for one socket, limited in number and in bytes.
struct SendQueue {
    /// A payload behind the padding that `lws_write` needs, and its write mode.
    struct Frame {
        var storage: [UInt8]
        let mode: lws_write_protocol

        var count: Int { storage.count - padding }
    }

    private let bound: SendQueueBound
    private var frames: Deque<Frame> = []
    private(set) var bytes = 0

    init(bound: SendQueueBound) { self.bound = bound }

    var isEmpty: Bool { frames.isEmpty }
    var count: Int { frames.count }

    /// Queues one message, split into `pieces` frames; returns `false`, with nothing queued, if it does not
    /// fit.
    mutating func append(_ payload: some Collection<UInt8>, isText: Bool, pieces: Int = 1) -> Bool {
        let total = payload.count
        guard count + pieces <= bound.frames, bytes + total <= bound.bytes else { return false }
        let whole = isText ? LWS_WRITE_TEXT : LWS_WRITE_BINARY
        var rest = payload[...]
        for piece in 0..<pieces {
            let size = rest.count / (pieces - piece)
            let opcode = piece == 0 ? whole : LWS_WRITE_CONTINUATION
            let finalBit = piece == pieces - 1 ? 0 : LWS_WRITE_NO_FIN.rawValue
            frames.append(
                Frame(padded: rest.prefix(size), mode: lws_write_protocol(opcode.rawValue | finalBit)))
            rest = rest.dropFirst(size)
        }
        bytes += total
        return true
    }

    /// Queues one frame of a text message that is sent in parts; returns `false`, with nothing queued, if it
    /// does not fit.
    mutating func append(fragment payload: some Collection<UInt8>, isFirst: Bool, isLast: Bool) -> Bool {
        guard count < bound.frames, bytes + payload.count <= bound.bytes else { return false }
        let opcode = isFirst ? LWS_WRITE_TEXT : LWS_WRITE_CONTINUATION
        let finalBit = isLast ? 0 : LWS_WRITE_NO_FIN.rawValue
        frames.append(Frame(padded: payload, mode: lws_write_protocol(opcode.rawValue | finalBit)))
        bytes += payload.count
        return true
    }

    /// Queues a PING, which is allowed between the frames of a message.
    mutating func appendPing() -> Bool {
        guard count < bound.frames else { return false }
        frames.append(Frame(padded: [], mode: LWS_WRITE_PING))
        return true
    }

    mutating func takeFirst() -> Frame? {
        guard let frame = frames.popFirst() else { return nil }
        bytes -= frame.count
        return frame
    }

    mutating func removeAll() {
        frames.removeAll()
        bytes = 0
    }
}

/// The limits of one socket's send queue: frames and payload bytes. A message that does not fit is not
/// queued.
package struct SendQueueBound: Sendable {
    package var frames: Int
    package var bytes: Int

    /// - Parameters:
    ///   - frames: The default is 1,000, the live page's limit for one viewer.
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

    /// Writes the frame; returns `false` if the socket has failed.
    ///
    /// libwebsockets buffers what the kernel does not accept at once, and sends it first. On the client's
    /// side it masks the payload in place, hence `consuming`.
    consuming func write(to socket: OpaquePointer) -> Bool {
        let count = count
        return storage.withUnsafeMutableBufferPointer {
            lws_write(socket, $0.baseAddress! + padding, count, mode) >= 0
        }
    }
}
