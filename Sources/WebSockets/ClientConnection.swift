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
        package var bound = SendQueueBound()
        package var heartbeat = Heartbeat()

        package init() {}
    }

    package let url: WebSocketURL
    private let options: Options
    private var onEvent: ((ClientConnection, Event) -> Void)?
    /// What the host's name was found to mean, and was not tried yet.
    private var addresses: [String] = []
    /// Whether the library's connect call is under way, which may tell of failures before it returns.
    private var isInCall = false
    /// Why the attempt at hand came to nothing.
    private var failure: ConnectFailure?
    private var isGivenUp = false
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

    /// Says goodbye; before ``Event/opened``, gives the attempt up, which is told as a failure.
    package override func close(_ code: CloseCode = .normal, _ reason: String = "") {
        if isOpen { super.close(code, reason) } else { drop() }
    }

    package override func drop(resetting: Bool = false) {
        isGivenUp = true
        if handle == nil { fail("given up") } else { super.drop(resetting: resetting) }
    }

    // MARK: Attempts

    /// Looks the host up, and tries its addresses.
    func start() {
        if let address = Resolver.numeric(url.host) { return attempt(at: address) }
        loop?.keep(self)
        let patience = loop?.after(.seconds(loop?.patience ?? 0)) { [weak self] in
            self?.fail("no answer to where \(self?.url.host ?? "") is")
        }
        loop?.resolve(url.host) { [weak self] answer in
            guard let self else { return }
            if let patience { loop?.cancel(patience) }
            found(answer)
        }
    }

    private func found(_ answer: Resolver.Addresses) {
        guard failure == nil else { return }  // too late
        switch answer {
        case .success(let all):
            // A name is this machine's by what it says, not by what the resolver makes of it.
            addresses = options.allowInsecure ? all.filter(WebSocketURL.isLoopback) : all
            guard !addresses.isEmpty else { return fail("\(url.host) has no address to connect to") }
            attempt(at: addresses.removeFirst())
        case .failure(let reason):
            fail("unable to find \(url.host): \(reason.reason)")
        }
    }

    private func attempt(at address: String) {
        guard let loop else { return }
        isInCall = true
        let handle = loop.open(self, at: address, options)
        isInCall = false
        if handle == nil || failure != nil {
            fail("unable to reach \(url.origin)")
        } else {
            self.handle = handle
        }
    }

    /// The attempt has come to nothing; the library says so in one, two or three ways.
    private func fail(_ reason: String) {
        guard !isOpen, onEvent != nil else { return }
        if failure == nil {
            failure = ConnectFailure(
                reason: reason, status: status == 101 ? nil : status, retryAfter: retryAfter)
        }
        // From the loop, so that no event overtakes the call that made this object or that brought it about.
        if !isInCall { loop?.after(.zero) { self.settle() } }
    }

    /// Tries the next address, or tells of the failure. A server that has answered is not looked for elsewhere.
    private func settle() {
        guard let failed = failure, onEvent != nil else { return }
        guard !addresses.isEmpty, !isGivenUp, failed.status == nil else {
            if handle == nil { loop?.release(self) }  // the library has no last word about what it never had
            return tellLast(.failed(failed))
        }
        guard handle == nil else { return }  // the library has not let go of it yet, and will say when
        failure = nil
        attempt(at: addresses.removeFirst())
    }

    // MARK: Events

    override func receive(_ event: SocketEvent) -> Verdict {
        switch event {
        case .composingRequest(let writer):
            return options.headers.allSatisfy { writer.add($0.name, $0.value) } ? .carryOn : .close
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
            let verdict = super.receive(event)
            fail("gone before the upgrade")
            return verdict
        default:
            return super.receive(event)
        }
    }

    override var masksFrames: Bool { true }
    override func didOpen() { onEvent?(self, .opened) }
    override func didReceive(_ message: Message) { onEvent?(self, .message(message)) }
    override func didEnd(_ ending: Ending) { tellLast(.closed(ending)) }
    override func silence() { onEvent = nil }

    /// Lets go of the handler, and with it of what it holds, before it is called for the last time.
    private func tellLast(_ event: Event) {
        let tell = onEvent
        onEvent = nil
        tell?(self, event)
    }
}
