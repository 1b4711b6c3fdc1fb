import CLibwebsockets

/// The reason why a connect failed.
package struct ConnectFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// The message from libwebsockets or from the connect itself.
    package let reason: String
    /// The HTTP status, if a server responded without an upgrade.
    package let status: Int?
    /// The Retry-After header of that response, as sent: seconds or an HTTP date.
    package let retryAfter: String?

    /// True if another attempt may succeed: after anything but an HTTP 4xx, and after 408, 425 and 429.
    package var isTransient: Bool {
        guard let status, (400..<500).contains(status) else { return true }
        return [408, 425, 429].contains(status)
    }

    package var description: String { status.map { "\(reason) (HTTP \($0))" } ?? reason }
}

/// A client's WebSocket: one attempt to connect and, if it succeeds, one connection.
///
/// Created by ``EventLoop/connect(to:_:onEvent:)``. The loop retains it until its last event; the caller need
/// not.
package final class ClientConnection: WebSocket {
    /// An event of a connection, delivered on the loop's thread: either `failed` alone, or `opened`, then
    /// messages, then `closed`.
    package enum Event {
        case opened
        case message(Message)
        case closed(Ending)
        case failed(ConnectFailure)
    }

    package struct Options: Sendable {
        /// Headers added to the request, unchanged.
        package var headers: [(name: String, value: String)] = []
        /// Accepts any certificate. Only for loopback: for other hosts the connect throws.
        package var allowInsecure = false
        /// The largest message in bytes; a longer one closes the connection with 1009. The default is 1 MiB.
        package var longestMessage = 1 << 20
        package var bound = SendQueueBound()
        package var heartbeat = Heartbeat()

        package init() {}
    }

    package let url: WebSocketURL
    private let options: Options
    private var onEvent: ((ClientConnection, Event) -> Void)?
    /// Resolved addresses that were not tried yet.
    private var addresses: [String] = []
    /// True during the library's connect call, which may report a failure before it returns.
    private var isInCall = false
    /// The failure of the current attempt.
    private var failure: ConnectFailure?
    private var isAbandoned = false
    private var status: Int?
    private var retryAfter: String?

    init(
        loop: EventLoop, url: WebSocketURL, options: Options,
        onEvent: @escaping (ClientConnection, Event) -> Void
    ) {
        self.url = url
        self.options = options
        self.onEvent = onEvent
        super.init(loop: loop, longestMessage: options.longestMessage, bound: options.bound)
    }

    /// Starts the closing handshake; before ``Event/opened``, abandons the attempt with a
    /// ``Event/failed(_:)`` event.
    package override func close(_ code: CloseCode = .normal, _ reason: String = "") {
        if isOpen { super.close(code, reason) } else { drop() }
    }

    package override func drop(resetting: Bool = false) {
        isAbandoned = true
        if handle == nil { fail("abandoned") } else { super.drop(resetting: resetting) }
    }

    // MARK: Attempts

    /// Resolves the host and tries its addresses.
    func start() {
        if let address = Resolver.numeric(url.host) { return attempt(at: address) }
        loop?.keep(self)
        let timeout = loop?.after(.seconds(loop?.stepTimeout ?? 0)) { [weak self] in
            self?.fail("timed out resolving \(self?.url.host ?? "")")
        }
        loop?.resolve(url.host) { [weak self] answer in
            guard let self else { return }
            if let timeout { loop?.cancel(timeout) }
            didResolve(answer)
        }
    }

    private func didResolve(_ answer: Resolver.Addresses) {
        guard failure == nil else { return }  // the timeout came first
        switch answer {
        case .success(let all):
            // A loopback name must not lead elsewhere without a verified certificate, whatever the resolver
            // says.
            addresses = options.allowInsecure ? all.filter(WebSocketURL.isLoopback) : all
            guard !addresses.isEmpty else { return fail("\(url.host) has no address to connect to") }
            attempt(at: addresses.removeFirst())
        case .failure(let reason):
            fail("unable to resolve \(url.host): \(reason.reason)")
        }
    }

    private func attempt(at address: String) {
        guard let loop else { return }
        isInCall = true
        let handle = loop.open(self, at: address, options)
        isInCall = false
        if handle == nil || failure != nil {
            fail("unable to connect to \(url.origin)")
        } else {
            self.handle = handle
        }
    }

    /// Records that the attempt failed. The library reports a failure once, twice or three times.
    private func fail(_ reason: String) {
        guard !isOpen, onEvent != nil else { return }
        if failure == nil {
            failure = ConnectFailure(
                reason: reason, status: status == 101 ? nil : status, retryAfter: retryAfter)
        }
        // On a later turn of the loop, so that no event precedes the return of the call that created this
        // object or caused the failure.
        if !isInCall { loop?.after(.zero) { self.settle() } }
    }

    /// Tries the next address, or emits the failure. If a server has responded, no other address is tried.
    private func settle() {
        guard let failed = failure, onEvent != nil else { return }
        guard !addresses.isEmpty, !isAbandoned, failed.status == nil else {
            if handle == nil { loop?.release(self) }  // the library has no socket to destroy
            return finish(.failed(failed))
        }
        guard handle == nil else { return }  // wait until the library destroys the socket
        failure = nil
        attempt(at: addresses.removeFirst())
    }

    // MARK: Events

    override func receive(_ event: SocketEvent) -> SocketAction {
        switch event {
        case .composingRequest(let writer):
            return options.headers.allSatisfy { writer.add($0.name, $0.value) } ? .proceed : .close
        case .responded:
            // After this event the library no longer has the response's headers.
            status = Int(lws_http_client_http_response(handle))
            retryAfter = HeaderReader(handle: handle)[WSI_TOKEN_HTTP_RETRY_AFTER]
            return .proceed
        case .failed(let reason):
            fail(reason)
            return .proceed
        case .closed where !isOpen:
            fail("closed before the upgrade")
            return .proceed
        case .destroyed:
            let action = super.receive(event)
            fail("disconnected before the upgrade")
            return action
        default:
            return super.receive(event)
        }
    }

    override var masksFrames: Bool { true }
    override func didOpen() { onEvent?(self, .opened) }
    override func didReceive(_ message: Message) { onEvent?(self, .message(message)) }
    override func didEnd(_ ending: Ending) { finish(.closed(ending)) }
    override func detachHandler() { onEvent = nil }

    /// Releases the handler, and what it retains, before its last call.
    private func finish(_ event: Event) {
        let handler = onEvent
        onEvent = nil
        handler?(self, event)
    }
}
