import CLibwebsockets

/// The common part of a client's and a server's WebSocket: a send queue, incoming messages, and one ending.
package class WebSocket: Socket {
    /// The end of a WebSocket: the close code and reason, and the side that sent them.
    ///
    /// libwebsockets 4.1.6 knows no code above 1011: a peer's 1012, 1013 and 1014 arrive as 1002, with the
    /// peer's reason.
    package struct Ending: Equatable, Sendable {
        /// The code of the close frame; ``CloseCode/abnormal`` if the connection broke, ``CloseCode/none`` if
        /// the frame had no code.
        package let code: CloseCode
        package let reason: String
        /// True if this side sent the close frame first.
        package let isOurs: Bool
    }

    /// True between the upgrade and the end.
    package private(set) var isOpen = false
    private var assembler: MessageAssembler
    private var sendQueue: SendQueue
    private var ending: Ending?
    private var isClosing = false

    init(loop: EventLoop, longestMessage: Int, bound: SendQueueBound) {
        assembler = MessageAssembler(limit: longestMessage)
        sendQueue = SendQueue(bound: bound)
        super.init(loop: loop)
    }

    /// Queued frames and payload bytes, without those that the library and the kernel hold.
    package var waiting: (frames: Int, bytes: Int) { (sendQueue.count, sendQueue.bytes) }

    /// Called when the send queue has become empty: the place to queue more.
    package var onDrained: (() -> Void)?

    /// Queues a text message, which is sent when the socket is writable.
    ///
    /// - Parameter pieces: The number of frames to split it into, between bytes, not characters. The default
    ///   is 1.
    /// - Returns: `false`, with nothing queued, if the socket is not open or the queue is full.
    @discardableResult
    package func send(_ text: String, pieces: Int = 1) -> Bool {
        queue(text.utf8, isText: true, pieces: pieces)
    }

    /// Queues a text message given as UTF-8; see ``send(_:pieces:)``.
    @discardableResult
    package func send(utf8 text: some Collection<UInt8>, pieces: Int = 1) -> Bool {
        queue(text, isText: true, pieces: pieces)
    }

    /// Queues a binary message; see ``send(_:pieces:)``.
    @discardableResult
    package func send(binary payload: some Collection<UInt8>, pieces: Int = 1) -> Bool {
        queue(payload, isText: false, pieces: pieces)
    }

    /// Queues one frame of a text message whose parts become available one after another.
    ///
    /// Between the first part and the last, only ``ping()`` may be called.
    @discardableResult
    package func send(fragment part: some Collection<UInt8>, isFirst: Bool, isLast: Bool) -> Bool {
        guard isOpen, !isClosing, sendQueue.append(fragment: part, isFirst: isFirst, isLast: isLast) else {
            return false
        }
        lws_callback_on_writable(handle)
        return true
    }

    /// Queues a PING frame without payload; the peer's library answers it with a PONG.
    @discardableResult
    package func ping() -> Bool {
        guard isOpen, !isClosing, sendQueue.appendPing() else { return false }
        lws_callback_on_writable(handle)
        return true
    }

    /// Sends a close frame after the queued frames; later messages are ignored.
    ///
    /// The closed event follows when the peer has answered, or after 5 s without an answer.
    /// - Parameter reason: At most 123 bytes; a longer text is truncated.
    package func close(_ code: CloseCode = .normal, _ reason: String = "") {
        guard isOpen, !isClosing else { return }
        isClosing = true
        ending = Ending(code: code, reason: reason, isOurs: true)
        lws_callback_on_writable(handle)
    }

    /// Pauses reading while true: the kernel's buffers fill up and the peer has to wait.
    package var isPaused = false {
        didSet { if let handle { lws_rx_flow_control(handle, isPaused ? 0 : 1) } }
    }

    // The differences between client and server.
    var masksFrames: Bool { false }
    func didOpen() {}
    func didReceive(_ message: Message) {}
    func didEnd(_ ending: Ending) {}

    override func receive(_ event: SocketEvent) -> SocketAction {
        switch event {
        case .opened:
            isOpen = true
            didOpen()
            return .proceed
        case .received(let piece, let isText, let isLast):
            return isClosing ? .proceed : receive(piece, isText: isText, isLast: isLast)
        case .writable:
            return write()
        case .peerClosed(let payload):
            if ending == nil { ending = Ending(closeFrame: payload) }
            isClosing = true
            // Otherwise the library would send the reason back.
            guard payload.dropFirst(2).isUTF8 else {
                return sendClose(Ending(code: .invalidPayload, reason: "bad UTF-8", isOurs: true))
            }
            return .proceed
        case .closed:
            end()
            return .proceed
        default:
            return super.receive(event)
        }
    }

    private func queue(_ payload: some Collection<UInt8>, isText: Bool, pieces: Int) -> Bool {
        guard isOpen, !isClosing, sendQueue.append(payload, isText: isText, pieces: pieces) else {
            return false
        }
        lws_callback_on_writable(handle)
        return true
    }

    private func receive(_ piece: UnsafeRawBufferPointer, isText: Bool, isLast: Bool) -> SocketAction {
        if isLast, assembler.fitsAlone(piece) {
            receive(Message(bytes: piece, isText: isText))
            return .proceed
        }
        switch assembler.append(piece, isText: isText, isLast: isLast) {
        case .incomplete:
            break
        case .complete:
            let wasText = assembler.isText
            assembler.take().withUnsafeBytes { receive(Message(bytes: $0, isText: wasText)) }
        case .tooLarge:
            abort(.tooBig, "message too big")
        }
        return .proceed
    }

    private func receive(_ message: Message) {
        guard !message.isText || message.bytes[...].isUTF8 else {
            return abort(.invalidPayload, "bad UTF-8")
        }
        didReceive(message)
    }

    /// Closes the connection because of an unusable message.
    ///
    /// The callback must not return -1 for this, and UTF-8 must not be left to the library, which does so:
    /// libwebsockets 4.1.6 then reads on until the peer answers and writes past the end of its buffer, which
    /// it empties only after a callback that returned 0.
    private func abort(_ code: CloseCode, _ reason: String) {
        sendQueue.removeAll()
        close(code, reason)
    }

    private func write() -> SocketAction {
        guard let handle else { return .proceed }
        // As many as the kernel takes, up to a limit: other sockets wait for their turn.
        for _ in 0..<64 {
            guard let frame = sendQueue.takeFirst() else {
                return isClosing ? ending.map(sendClose) ?? .close : .proceed
            }
            guard frame.write(to: handle) else { return .close }
            if sendQueue.isEmpty, !isClosing { onDrained?() }
            if lws_send_pipe_choked(handle) != 0 { break }
        }
        if !sendQueue.isEmpty || isClosing { lws_callback_on_writable(handle) }
        return .proceed
    }

    private func sendClose(_ ending: Ending) -> SocketAction {
        self.ending = ending
        guard ending.isOurs else { return .close }
        var reason = Array(ending.reason.utf8.prefix(123))
        lws_close_reason(handle, lws_close_status(UInt32(ending.code.rawValue)), &reason, reason.count)
        return .close
    }

    private func end() {
        guard isOpen else { return }
        isOpen = false
        let ending = ending ?? Ending(ofLibrary: handle, isMasked: masksFrames)
        onDrained = nil
        sendQueue.removeAll()
        loop?.interrupt()
        didEnd(ending)
    }
}

extension WebSocket.Ending {
    /// Decodes a close frame: two bytes of code, and a reason. Source: RFC 6455, section 5.5.1.
    fileprivate init(closeFrame: UnsafeRawBufferPointer) {
        code =
            closeFrame.count < 2
            ? .none : CloseCode(rawValue: UInt16(closeFrame[0]) << 8 | UInt16(closeFrame[1]))
        reason = String(decoding: closeFrame.dropFirst(2), as: UTF8.self)
        isOurs = false
    }

    /// Describes a close frame that the library sent by itself after a broken frame, or the lack of any close
    /// frame.
    ///
    /// - Parameter isMasked: True for a client: its frame was masked in place, so its code can no longer be
    ///   read and is given as ``CloseCode/protocolError``.
    fileprivate init(ofLibrary handle: OpaquePointer?, isMasked: Bool) {
        let count = Int(lws_get_close_length(handle))
        guard count >= 2 else {
            (code, reason, isOurs) = (.abnormal, "", false)
            return
        }
        guard !isMasked else {
            (code, reason, isOurs) = (.protocolError, "", true)
            return
        }
        let sent = WebSocket.Ending(
            closeFrame: UnsafeRawBufferPointer(start: lws_get_close_payload(handle), count: count))
        (code, reason, isOurs) = (sent.code, sent.reason, true)
    }
}

extension Slice<UnsafeRawBufferPointer> {
    fileprivate var isUTF8: Bool {
        let bytes = UnsafeRawBufferPointer(rebasing: self).assumingMemoryBound(to: UInt8.self)
        return (try? UTF8Span(validating: bytes.span)) != nil
    }
}
