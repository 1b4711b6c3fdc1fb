import CLibwebsockets

/// An accepted connection of a server, until it is upgraded to a WebSocket.
///
/// While a request waits for its response nothing more is read, so pipelined requests are handled in order.
final class HTTPPeer: Socket {
    private enum State {
        case idle
        case readingBody(Request)
        /// The body is too long: it is read and discarded.
        case discardingBody
        case waiting(Request)
        case sending([UInt8], from: Int, isPersistent: Bool)
    }

    /// Bytes passed to the library in one write; it buffers what the kernel does not accept.
    private static let chunk = 32 << 10

    private let server: Server
    private var state = State.idle
    private var requests = 0

    init(loop: EventLoop, server: Server) {
        self.server = server
        super.init(loop: loop)
    }

    override func receive(_ event: SocketEvent) -> SocketAction {
        switch event {
        case .upgrading(let name):
            return upgrade(to: name)
        case .requested:
            return begin()
        case .body(let piece):
            guard case .readingBody(var request) = state else { return .proceed }
            state = .idle  // the request stays uniquely referenced, so its body is not copied
            request.body.append(contentsOf: piece)
            state = .readingBody(request)
            return .proceed
        case .bodyCompleted:
            if case .readingBody(let request) = state { dispatch(request) }
            return .proceed
        case .responseWritable:
            return send()
        case .destroyed:
            state = .idle
            server.didClose(self)
            return super.receive(event)
        default:
            return super.receive(event)
        }
    }

    func respond(to number: Int, _ response: Response, withholding count: Int = 0) {
        guard number == requests, case .waiting(let request) = state else { return }
        // While reading is paused the library reports no socket as writable.
        lws_rx_flow_control(handle, 1)
        queue(response, to: request, withholding: count)
    }

    func hangUp(_ number: Int, resetting: Bool) {
        guard number == requests, case .waiting = state else { return }
        drop(resetting: resetting)
    }

    // MARK: Requests

    private func begin() -> SocketAction {
        guard let request = Request(handle, otherHeaders: server.options.otherHeaders, peer: peerAddress)
        else {
            return .close
        }
        requests += 1
        guard request.headers["transfer-encoding"] == nil else {
            return reject(Response(status: 411), request)
        }
        guard let declared = request.headers["content-length"] else {
            dispatch(request)
            return .proceed
        }
        guard let length = Int(declared), length >= 0 else { return reject(Response(status: 400), request) }
        guard length <= server.options.longestBody else {
            state = .discardingBody
            queue(Response(status: 413), to: request)
            return .proceed
        }
        // The library reports the end of an empty body for POST only.
        guard length > 0 || request.method == "POST" else {
            dispatch(request)
            return .proceed
        }
        if request.headers["expect"]?.lowercased() == "100-continue" {
            guard write(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) else { return .close }
        }
        state = .readingBody(request)
        return .proceed
    }

    private func dispatch(_ request: Request) {
        lws_rx_flow_control(handle, 0)
        lws_set_timeout(handle, NO_PENDING_TIMEOUT, 0)
        state = .waiting(request)
        server.onRequest(request, Responder(peer: self, number: requests))
    }

    private func upgrade(to name: String) -> SocketAction {
        guard name.lowercased() == "websocket" else {
            // The library rejects every other protocol except h2c, which this server does not support.
            if name.lowercased() == "h2c" {
                _ = write(Response(status: 400).encoded(withoutBody: false, closing: true))
            }
            return .close
        }
        guard let loop, let handle,
            let request = Request(handle, otherHeaders: server.options.otherHeaders, peer: peerAddress)
        else { return .close }
        switch server.admission(of: request) {
        case .reject(let response):
            _ = write(response.encoded(withoutBody: false, closing: true))
            return .close
        case .accept(let onEvent):
            let session = Session(loop: loop, server: server, request: request, onEvent: onEvent)
            session.handle = handle
            lws_set_opaque_user_data(handle, Unmanaged<Socket>.passUnretained(session).toOpaque())
            loop.keep(session)
            server.replace(self, by: session)
            loop.release(self)
            return .proceed
        }
    }

    // MARK: Responses

    /// Responds at once and closes the connection, because the start of the next request is unknown.
    private func reject(_ response: Response, _ request: Request) -> SocketAction {
        _ = write(response.encoded(withoutBody: request.method == "HEAD", closing: true))
        return .close
    }

    private func queue(_ response: Response, to request: Request, withholding count: Int = 0) {
        // Without Content-Length the library expects a body and would read the next request as that body.
        let hasLength = request.headers["content-length"] != nil
        let isPersistent =
            request.isPersistent && count == 0
            && (hasLength || !["POST", "PUT", "PATCH"].contains(request.method))
        let bytes = response.encoded(withoutBody: request.method == "HEAD", closing: !isPersistent)
        state = .sending(padding + bytes.dropLast(count), from: padding.count, isPersistent: isPersistent)
        lws_callback_on_writable(handle)
    }

    /// Writes the next piece; the exchange ends when the library has sent the last one.
    private func send() -> SocketAction {
        guard case .sending(var bytes, let start, let isPersistent) = state else { return .proceed }
        guard start < bytes.count else { return finish(isPersistent: isPersistent) }
        state = .idle  // the bytes stay uniquely referenced, so they are not copied
        let count = min(bytes.count - start, Self.chunk)
        lws_set_timeout(handle, PENDING_TIMEOUT_HTTP_CONTENT, loop?.stepTimeout ?? 1)
        let written = bytes.withUnsafeMutableBufferPointer {
            lws_write(handle, $0.baseAddress! + start, count, LWS_WRITE_HTTP)
        }
        guard written >= 0 else { return .close }
        // Finish at once if the kernel has accepted everything: the peer may have the response already, and
        // its next request would be read before the library knows that this exchange is over.
        if start + count == bytes.count, lws_partial_buffered(handle) == 0 {
            return finish(isPersistent: isPersistent)
        }
        state = .sending(bytes, from: start + count, isPersistent: isPersistent)
        lws_callback_on_writable(handle)
        return .proceed
    }

    private func finish(isPersistent: Bool) -> SocketAction {
        state = .idle
        guard isPersistent else { return .close }
        return lws_http_transaction_completed(handle) == 0 ? .proceed : .close
    }

    private func write(_ bytes: [UInt8]) -> Bool {
        var storage = padding + bytes
        return storage.withUnsafeMutableBufferPointer {
            lws_write(handle, $0.baseAddress! + padding.count, bytes.count, LWS_WRITE_HTTP_HEADERS) >= 0
        }
    }
}

/// The free bytes that `lws_write` needs in front of a payload.
private let padding = [UInt8](repeating: 0, count: Int(pm_lws_pre))
