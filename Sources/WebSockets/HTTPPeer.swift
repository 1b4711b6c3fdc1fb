import CLibwebsockets

/// A connection that a server has accepted, for as long as it speaks HTTP.
///
/// While a request waits for its answer nothing more is read, so that pipelined requests take their turn.
final class HTTPPeer: Socket {
    private enum State {
        case idle
        case gathering(Request)
        /// Too long a body, which is read and forgotten.
        case ignoring
        case waiting(Request)
        case sending([UInt8], from: Int, isPersistent: Bool)
    }

    /// What one write hands the library, which keeps what the kernel does not take.
    private static let chunk = 32 << 10

    private let server: Server
    private var state = State.idle
    private var requests = 0

    init(loop: EventLoop, server: Server) {
        self.server = server
        super.init(loop: loop)
    }

    override func receive(_ event: SocketEvent) -> Verdict {
        switch event {
        case .upgrading(let name):
            return upgrade(to: name)
        case .requested:
            return begin()
        case .body(let piece):
            guard case .gathering(var request) = state else { return .carryOn }
            state = .idle  // the request's only owner while it grows
            request.body.append(contentsOf: piece)
            state = .gathering(request)
            return .carryOn
        case .bodyEnded:
            if case .gathering(let request) = state { handOver(request) }
            return .carryOn
        case .answerable:
            return send()
        case .destroyed:
            state = .idle
            server.left(self)
            return super.receive(event)
        default:
            return super.receive(event)
        }
    }

    func answer(_ number: Int, _ response: Response, withholding count: Int = 0) {
        guard number == requests, case .waiting(let request) = state else { return }
        // The library tells nobody that he may write while reading is held.
        lws_rx_flow_control(handle, 1)
        queue(response, to: request, withholding: count)
    }

    func hangUp(_ number: Int, resetting: Bool) {
        guard number == requests, case .waiting = state else { return }
        drop(resetting: resetting)
    }

    // MARK: Requests

    private func begin() -> Verdict {
        guard let request = Request(handle, otherHeaders: server.options.otherHeaders, peer: peerAddress)
        else {
            return .close
        }
        requests += 1
        guard request.headers["transfer-encoding"] == nil else {
            return refuse(Response(status: 411), request)
        }
        guard let declared = request.headers["content-length"] else {
            handOver(request)
            return .carryOn
        }
        guard let length = Int(declared), length >= 0 else { return refuse(Response(status: 400), request) }
        guard length <= server.options.longestBody else {
            state = .ignoring
            queue(Response(status: 413), to: request)
            return .carryOn
        }
        // The library tells the end of an empty body for POST alone.
        guard length > 0 || request.method == "POST" else {
            handOver(request)
            return .carryOn
        }
        if request.headers["expect"]?.lowercased() == "100-continue" {
            guard write(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) else { return .close }
        }
        state = .gathering(request)
        return .carryOn
    }

    private func handOver(_ request: Request) {
        lws_rx_flow_control(handle, 0)
        lws_set_timeout(handle, NO_PENDING_TIMEOUT, 0)
        state = .waiting(request)
        server.onRequest(request, Responder(peer: self, number: requests))
    }

    private func upgrade(to name: String) -> Verdict {
        guard name.lowercased() == "websocket" else {
            // The library has refused all others but this one, which we do not speak.
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
            return .carryOn
        }
    }

    // MARK: Answers

    /// Answers at once and ends the connection, for its further bytes cannot be told apart.
    private func refuse(_ response: Response, _ request: Request) -> Verdict {
        _ = write(response.encoded(withoutBody: request.method == "HEAD", closing: true))
        return .close
    }

    private func queue(_ response: Response, to request: Request, withholding count: Int = 0) {
        // Without a length the library expects a body, and would take the next request for it.
        let hasLength = request.headers["content-length"] != nil
        let isPersistent =
            request.isPersistent && count == 0
            && (hasLength || !["POST", "PUT", "PATCH"].contains(request.method))
        let bytes = response.encoded(withoutBody: request.method == "HEAD", closing: !isPersistent)
        state = .sending(padding + bytes.dropLast(count), from: padding.count, isPersistent: isPersistent)
        lws_callback_on_writable(handle)
    }

    /// Writes the next piece; the exchange ends when nothing of the last is left with the library.
    private func send() -> Verdict {
        guard case .sending(var bytes, let start, let isPersistent) = state else { return .carryOn }
        guard start < bytes.count else { return finish(isPersistent: isPersistent) }
        state = .idle  // the bytes' only owner: they are not copied
        let count = min(bytes.count - start, Self.chunk)
        lws_set_timeout(handle, PENDING_TIMEOUT_HTTP_CONTENT, loop?.patience ?? 1)
        let written = bytes.withUnsafeMutableBufferPointer {
            lws_write(handle, $0.baseAddress! + start, count, LWS_WRITE_HTTP)
        }
        guard written >= 0 else { return .close }
        // At once, where the kernel has taken all: the peer may have its answer by now, and its next request would
        // be read before the library knows that this exchange is over.
        if start + count == bytes.count, lws_partial_buffered(handle) == 0 {
            return finish(isPersistent: isPersistent)
        }
        state = .sending(bytes, from: start + count, isPersistent: isPersistent)
        lws_callback_on_writable(handle)
        return .carryOn
    }

    private func finish(isPersistent: Bool) -> Verdict {
        state = .idle
        guard isPersistent else { return .close }
        return lws_http_transaction_completed(handle) == 0 ? .carryOn : .close
    }

    private func write(_ bytes: [UInt8]) -> Bool {
        var storage = padding + bytes
        return storage.withUnsafeMutableBufferPointer {
            lws_write(handle, $0.baseAddress! + padding.count, bytes.count, LWS_WRITE_HTTP_HEADERS) >= 0
        }
    }
}

/// The room `lws_write` wants in front.
private let padding = [UInt8](repeating: 0, count: Int(pm_lws_pre))
