import CLibwebsockets

/// A server's end of one WebSocket.
///
/// The loop keeps it until its last event; the server's code may let go.
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
    override func silence() { onEvent = nil }

    override func didEnd(_ ending: Ending) {
        let tell = onEvent
        onEvent = nil
        tell?(self, .closed(ending))
    }

    override func receive(_ event: SocketEvent) -> Verdict {
        if case .destroyed = event {
            onEvent = nil
            server.left(self)
        }
        return super.receive(event)
    }
}
