import CLibwebsockets
import Glibc

/// What libwebsockets tells the object behind a socket, in Swift's words.
enum SocketEvent {
    // A WebSocket, client's or server's.
    case opened
    case received(UnsafeRawBufferPointer, isText: Bool, isLast: Bool)
    case writable
    case peerCloses(UnsafeRawBufferPointer)
    case closed

    // A client on its way there.
    case composingRequest(HeaderWriter)
    case answered
    case failed(String)

    // A server's side, before or without an upgrade.
    case upgrading(to: String)
    case requested
    case body(UnsafeRawBufferPointer)
    case bodyEnded
    case answerable

    // A listening socket.
    case acceptable

    /// The last one, always: the library forgets the socket.
    case destroyed
}

/// What libwebsockets is to do with the socket after an event.
enum Verdict: CInt {
    case carryOn = 0
    case close = -1
}

/// The object behind one of libwebsockets' sockets.
///
/// The library's opaque pointer to it is unretained. Its loop owns it from ``EventLoop/keep(_:)`` until
/// `LWS_CALLBACK_WSI_DESTROY`, the last word about a socket, so it is there for every callback; and a connect
/// that fails so early that there is no such callback has one place to let go, too.
package class Socket {
    private(set) weak var loop: EventLoop?
    /// The library's socket: `nil` before the connect and after the end.
    var handle: OpaquePointer?

    init(loop: EventLoop) { self.loop = loop }

    func receive(_ event: SocketEvent) -> Verdict {
        if case .destroyed = event {
            handle = nil
            loop?.release(self)
        }
        return .carryOn
    }

    /// The loop is going away: nobody is to be told anything any more.
    func silence() {}

    /// Ends the TCP connection at once, without a close frame and without what still waits to be sent.
    ///
    /// - Parameter resetting: With a TCP reset instead of a FIN.
    package func drop(resetting: Bool = false) {
        guard let handle else { return }
        if resetting {
            var now = linger(l_onoff: 1, l_linger: 0)
            setsockopt(
                lws_get_socket_fd(handle), SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        }
        // A timeout that has run out is how the library ends a socket from outside its callbacks.
        lws_set_timeout(handle, PENDING_TIMEOUT_KILLED_BY_PARENT, LWS_TO_KILL_ASYNC)
        loop?.interrupt()
    }

    /// The other end's numeric address.
    var peerAddress: String {
        guard let handle else { return "" }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
            buffer.initialize(repeating: 0)
            return lws_get_peer_simple(handle, buffer.baseAddress!, buffer.count).map { String(cString: $0) }
                ?? ""
        }
    }
}
