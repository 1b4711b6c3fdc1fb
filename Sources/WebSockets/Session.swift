import CLibwebsockets

/// The server's side of one WebSocket.
///
/// The loop retains it until its last event; the server's code need not.
package final class Session: WebSocket {
    package enum Event {
        case opened
        case message(Message)
        case closed(Ending)
    }

    /// The request that became this WebSocket.
    package let request: Request
    private let server: Server
    private var onEvent: ((Session, Event) -> Void)?

    init(
        loop: EventLoop, server: Server, request: Request, onEvent: @escaping (Session, Event) -> Void
    ) {
        self.server = server
        self.request = request
        self.onEvent = onEvent
        super.init(loop: loop, longestMessage: server.options.longestMessage, bound: server.options.bound)
    }

    override func didOpen() { onEvent?(self, .opened) }
    override func didReceive(_ message: Message) { onEvent?(self, .message(message)) }
    override func detachHandler() { onEvent = nil }

    override func didEnd(_ ending: Ending) {
        let handler = onEvent
        onEvent = nil
        handler?(self, .closed(ending))
    }

    override func receive(_ event: SocketEvent) -> SocketAction {
        if case .destroyed = event {
            onEvent = nil
            server.didClose(self)
        }
        return super.receive(event)
    }
}
