import CLibwebsockets
import Glibc

/// An event of a libwebsockets socket.
enum SocketEvent {
    // Of a WebSocket, client or server.
    case opened
    case received(UnsafeRawBufferPointer, isText: Bool, isLast: Bool)
    case writable
    case peerClosed(UnsafeRawBufferPointer)
    case closed

    // Of a client, before the upgrade.
    case composingRequest(HeaderWriter)
    case responded
    case failed(String)

    // Of a server's connection, before or without an upgrade.
    case upgrading(to: String)
    case requested
    case body(UnsafeRawBufferPointer)
    case bodyCompleted
    case responseWritable

    // Of a listening socket.
    case acceptable

    /// Always the last event: the library has freed the socket.
    case destroyed
}

/// The instruction to libwebsockets after an event.
enum SocketAction: CInt {
    case proceed = 0
    case close = -1
}

/// The object that belongs to one libwebsockets socket.
///
/// The library's opaque pointer to it is unretained. The loop retains it from ``EventLoop/keep(_:)`` until
/// `LWS_CALLBACK_WSI_DESTROY`, the last callback of a socket, so it exists during every callback. A connect
/// that fails before that callback exists releases it in one place, too.
package class Socket {
    private(set) weak var loop: EventLoop?
    /// The library's socket; `nil` before the connect and after the end.
    var handle: OpaquePointer?

    init(loop: EventLoop) { self.loop = loop }

    func receive(_ event: SocketEvent) -> SocketAction {
        if case .destroyed = event {
            handle = nil
            loop?.release(self)
        }
        return .proceed
    }

    /// Releases the event handler: the loop is ending, and no further event may be emitted.
    func detachHandler() {}

    /// Ends the TCP connection at once, without a close frame; queued data is discarded.
    ///
    /// - Parameter resetting: Sends a TCP reset instead of a FIN.
    package func drop(resetting: Bool = false) {
        guard let handle else { return }
        if resetting {
            var now = linger(l_onoff: 1, l_linger: 0)
            setsockopt(
                lws_get_socket_fd(handle), SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        }
        // An expired timeout is the library's way to end a socket from outside its callbacks.
        lws_set_timeout(handle, PENDING_TIMEOUT_KILLED_BY_PARENT, LWS_TO_KILL_ASYNC)
        loop?.interrupt()
    }

    /// The peer's numeric address.
    var peerAddress: String {
        guard let handle else { return "" }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
            buffer.initialize(repeating: 0)
            return lws_get_peer_simple(handle, buffer.baseAddress!, buffer.count).map { String(cString: $0) }
                ?? ""
        }
    }
}
