import CLibwebsockets

/// What a client's and a server's WebSocket have in common: a queue out, messages in, and one end.
package class WebSocket: Socket {
    /// How a WebSocket ended.
    ///
    /// libwebsockets 4.1.6 knows no code above 1011: a peer's 1012, 1013 and 1014 arrive as 1002, with the
    /// peer's reason.
    package struct Ending: Equatable, Sendable {
        /// ``CloseCode/abnormal`` when the connection broke, ``CloseCode/none`` when the close frame had no
        /// code.
        package let code: CloseCode
        package let reason: String
        /// Whether we sent the close frame first.
        package let isOurs: Bool
    }

    /// Between the upgrade and the end.
    package private(set) var isOpen = false
    private var assembler: MessageAssembler
    private var outbox: SendQueue
    private var ending: Ending?
    private var isClosing = false

    init(loop: EventLoop, longestMessage: Int, bound: SendQueueBound) {
        assembler = MessageAssembler(limit: longestMessage)
        outbox = SendQueue(bound: bound)
        super.init(loop: loop)
    }

    /// Messages that were refused because they exceeded the limit: 0 or 1, for the connection ends of it
    /// (1009).
    package private(set) var oversized = 0

    /// Frames and payload bytes that wait to be sent, without what the library and the kernel hold.
    package var waiting: (frames: Int, bytes: Int) { (outbox.count, outbox.bytes) }

    /// Called when nothing of what was queued is left with us: the place to queue more.
    package var onDrained: (() -> Void)?

    /// Queues a text message; it leaves when the socket takes it.
    ///
    /// - Parameter pieces: Frames to cut it into. The default is 1. Cuts fall between bytes, not characters.
    /// - Returns: `false`, and nothing queued, when the socket is not open or the queue is full.
    @discardableResult
    package func send(_ text: String, pieces: Int = 1) -> Bool {
        queue(text.utf8, isText: true, pieces: pieces)
    }

    /// Queues a text message that is at hand as UTF-8; see ``send(_:pieces:)``.
    @discardableResult
    package func send(utf8 text: some Collection<UInt8>, pieces: Int = 1) -> Bool {
        queue(text, isText: true, pieces: pieces)
    }

    /// Queues a binary message; see ``send(_:pieces:)``.
    @discardableResult
    package func send(binary payload: some Collection<UInt8>, pieces: Int = 1) -> Bool {
        queue(payload, isText: false, pieces: pieces)
    }

    /// Queues one frame of a text message whose parts come at different times.
    ///
    /// Nothing but ``ping()`` may be sent between the first part and the last.
    @discardableResult
    package func send(fragment part: some Collection<UInt8>, isFirst: Bool, isLast: Bool) -> Bool {
        guard isOpen, !isClosing, outbox.append(fragment: part, isFirst: isFirst, isLast: isLast) else {
            return false
        }
        lws_callback_on_writable(handle)
        return true
    }

    /// Queues a PING frame without payload; the other side's library answers it.
    @discardableResult
    package func ping() -> Bool {
        guard isOpen, !isClosing, outbox.appendPing() else { return false }
        lws_callback_on_writable(handle)
        return true
    }

    /// Says goodbye after what is queued, and tells no further message.
    ///
    /// The end is told when the other side has answered, or has not within 5 s.
    /// - Parameter reason: At most 123 bytes; what exceeds is cut off.
    package func close(_ code: CloseCode = .normal, _ reason: String = "") {
        guard isOpen, !isClosing else { return }
        isClosing = true
        ending = Ending(code: code, reason: reason, isOurs: true)
        lws_callback_on_writable(handle)
    }

    /// Whether reading pauses: the kernel's buffers fill and the other side has to wait.
    package var isPaused = false {
        didSet { if let handle { lws_rx_flow_control(handle, isPaused ? 0 : 1) } }
    }

    // What the two sides do differently.
    var masksFrames: Bool { false }
    func didOpen() {}
    func didReceive(_ message: Message) {}
    func didEnd(_ ending: Ending) {}

    override func receive(_ event: SocketEvent) -> Verdict {
        switch event {
        case .opened:
            isOpen = true
            didOpen()
            return .carryOn
        case .received(let piece, let isText, let isLast):
            return isClosing ? .carryOn : take(piece, isText: isText, isLast: isLast)
        case .writable:
            return write()
        case .peerCloses(let payload):
            if ending == nil { ending = Ending(closeFrame: payload) }
            isClosing = true
            // Else the library sends the reason back.
            guard payload.dropFirst(2).isUTF8 else {
                return sayGoodbye(Ending(code: .invalidPayload, reason: "bad UTF-8", isOurs: true))
            }
            return .carryOn
        case .closed:
            end()
            return .carryOn
        default:
            return super.receive(event)
        }
    }

    private func queue(_ payload: some Collection<UInt8>, isText: Bool, pieces: Int) -> Bool {
        guard isOpen, !isClosing, outbox.append(payload, isText: isText, pieces: pieces) else { return false }
        lws_callback_on_writable(handle)
        return true
    }

    private func take(_ piece: UnsafeRawBufferPointer, isText: Bool, isLast: Bool) -> Verdict {
        if isLast, assembler.fitsAlone(piece) {
            tell(Message(bytes: piece, isText: isText))
            return .carryOn
        }
        switch assembler.append(piece, isText: isText, isLast: isLast) {
        case .incomplete:
            break
        case .complete:
            let wasText = assembler.isText
            assembler.take().withUnsafeBytes { tell(Message(bytes: $0, isText: wasText)) }
        case .tooLarge:
            oversized += 1
            refuse(.tooBig, "message too big")
        }
        return .carryOn
    }

    private func tell(_ message: Message) {
        guard !message.isText || message.bytes[...].isUTF8 else {
            return refuse(.invalidPayload, "bad UTF-8")
        }
        didReceive(message)
    }

    /// Not by ending the callback with a refusal, and UTF-8 is not left to the library, which does so: libwebsockets
    /// 4.1.6 then goes on to read until the other side answers, and writes behind its buffer, which it empties only
    /// after a callback that carries on.
    private func refuse(_ code: CloseCode, _ reason: String) {
        outbox.removeAll()
        close(code, reason)
    }

    private func write() -> Verdict {
        guard let handle else { return .carryOn }
        // As much as the kernel takes, but not for ever: others wait for their turn.
        for _ in 0..<64 {
            guard let frame = outbox.takeFirst() else {
                return isClosing ? ending.map(sayGoodbye) ?? .close : .carryOn
            }
            guard frame.write(to: handle) else { return .close }
            if outbox.isEmpty, !isClosing { onDrained?() }
            if lws_send_pipe_choked(handle) != 0 { break }
        }
        if !outbox.isEmpty || isClosing { lws_callback_on_writable(handle) }
        return .carryOn
    }

    private func sayGoodbye(_ ending: Ending) -> Verdict {
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
        outbox.removeAll()
        loop?.interrupt()
        didEnd(ending)
    }
}

extension WebSocket.Ending {
    /// What a close frame says: two bytes of code, and a reason. Source: RFC 6455, section 5.5.1.
    fileprivate init(closeFrame: UnsafeRawBufferPointer) {
        code =
            closeFrame.count < 2
            ? .none : CloseCode(rawValue: UInt16(closeFrame[0]) << 8 | UInt16(closeFrame[1]))
        reason = String(decoding: closeFrame.dropFirst(2), as: UTF8.self)
        isOurs = false
    }

    /// A close frame that the library sent by itself, over a broken frame or bad UTF-8; or none at all.
    ///
    /// - Parameter isMasked: A client's frame was masked where it stood, so that its code can no longer be read:
    ///   ``CloseCode/protocolError`` stands for whatever it was.
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
