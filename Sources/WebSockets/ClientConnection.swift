import CLibwebsockets

/// Why a connect came to nothing.
package struct ConnectFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// libwebsockets' own words.
    package let reason: String
    /// The HTTP status, where a server answered and did not upgrade.
    package let status: Int?
    /// Its Retry-After header as sent: seconds or an HTTP date.
    package let retryAfter: String?

    /// Whether another attempt may succeed: all but the refusals that HTTP calls the client's fault.
    package var isTransient: Bool {
        guard let status, (400..<500).contains(status) else { return true }
        return [408, 425, 429].contains(status)
    }

    package var description: String { status.map { "\(reason) (HTTP \($0))" } ?? reason }
}

/// A client's WebSocket: one attempt to connect and, if it succeeds, one connection.
///
/// Made by ``EventLoop/connect(to:_:onEvent:)``. The loop keeps it until its last event; the caller may let
/// go.
package final class ClientConnection: WebSocket {
    /// What happens to a connection: `failed` alone, or `opened`, messages, `closed`. Told on the loop's
    /// thread.
    package enum Event {
        case opened
        case message(Message)
        case closed(Ending)
        case failed(ConnectFailure)
    }

    package struct Options: Sendable {
        /// Added to the request, as they stand.
        package var headers: [(name: String, value: String)] = []
        /// Accepts any certificate. Loopback only: elsewhere the connect throws.
        package var allowInsecure = false
        /// The default is 1 MiB; a longer message closes the connection with 1009.
        package var longestMessage = 1 << 20
        package var bound = OutboxBound()
        package var heartbeat = Heartbeat()

        package init() {}
    }

    package let url: WebSocketURL
    private let headers: [(name: String, value: String)]
    private var onEvent: ((ClientConnection, Event) -> Void)?
    private var isConnecting = true
    private var hasFailed = false
    private var status: Int?
    private var retryAfter: String?

    init(
        loop: EventLoop, url: WebSocketURL, options: Options,
        onEvent: @escaping (ClientConnection, Event) -> Void
    ) {
        self.url = url
        self.headers = options.headers
        self.onEvent = onEvent
        super.init(loop: loop, longestMessage: options.longestMessage, bound: options.bound)
    }

    /// Says goodbye; before ``Event/opened``, gives the attempt up, which is told as a failure.
    package override func close(_ code: CloseCode = .normal, _ reason: String = "") {
        if isOpen { super.close(code, reason) } else { drop() }
    }

    /// What the connect call returned: a socket, or `nil` when it failed on the spot, with or without an
    /// event.
    func connectReturned(_ handle: OpaquePointer?) {
        isConnecting = false
        if handle == nil || hasFailed {
            // Told from the loop, so that no event overtakes the call that returns this object.
            let failure = failure("unable to resolve or reach \(url.origin)")
            hasFailed = true
            loop?.after(.zero) { self.tellLast(.failed(failure)) }
        } else {
            self.handle = handle
        }
    }

    override func receive(_ event: SocketEvent) -> Verdict {
        switch event {
        case .composingRequest(let writer):
            return headers.allSatisfy { writer.add($0.name, $0.value) } ? .carryOn : .close
        case .answered:
            // The last moment at which the library still has the answer's headers.
            status = Int(lws_http_client_http_response(handle))
            retryAfter = HeaderReader(handle: handle)[WSI_TOKEN_HTTP_RETRY_AFTER]
            return .carryOn
        case .failed(let reason):
            fail(reason)
            return .carryOn
        case .closed where !isOpen:
            fail("closed before the upgrade")
            return .carryOn
        case .destroyed:
            fail("gone before the upgrade")
            return super.receive(event)
        default:
            return super.receive(event)
        }
    }

    override var masksFrames: Bool { true }
    override func didOpen() { onEvent?(self, .opened) }
    override func didReceive(_ message: Message) { onEvent?(self, .message(message)) }
    override func didEnd(_ ending: Ending) { tellLast(.closed(ending)) }
    override func silence() { onEvent = nil }

    /// The library tells a failure in one, two or three ways; it is passed on once.
    private func fail(_ reason: String) {
        guard !hasFailed, !isOpen, onEvent != nil else { return }
        hasFailed = true
        guard !isConnecting else { return }
        loop?.interrupt()
        tellLast(.failed(failure(reason)))
    }

    private func failure(_ reason: String) -> ConnectFailure {
        ConnectFailure(reason: reason, status: status == 101 ? nil : status, retryAfter: retryAfter)
    }

    /// Lets go of the handler, and with it of what it holds, before it is called for the last time.
    private func tellLast(_ event: Event) {
        let tell = onEvent
        onEvent = nil
        tell?(self, event)
    }
}
