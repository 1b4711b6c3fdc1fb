import CLibwebsockets
import Glibc

/// HTTP and WebSocket on one port, served by an ``EventLoop``.
///
/// The loop keeps the server until ``close()``.
package final class Server {
    package struct Options: Sendable {
        /// A numeric address of this machine; "localhost" is 127.0.0.1. The default is 127.0.0.1.
        package var host = "127.0.0.1"
        /// 0, the default, lets the system choose; see ``Server/port``.
        package var port = 0
        /// PEM files: a chain and its key. The default is none: no TLS.
        package var certificate: (chain: String, key: String)?
        /// Connections at once; more are turned away. The default is 1,024.
        package var maxConnections = 1_024
        /// Bytes in a request's body; more are answered 413. The default is 1 MiB.
        package var longestBody = 1 << 20
        /// Bytes in a client's message; a longer one closes with 1009. The default is 4 KiB.
        package var longestMessage = 4 << 10
        /// What may wait for one session.
        package var bound = OutboxBound()
        package var heartbeat = Heartbeat()
        /// The one subprotocol to answer with, to clients that name it. The default is none.
        package var subprotocol: String?
        /// Names, in lower case, of headers to keep that HTTP itself does not know, such as "webhook-id".
        package var otherHeaders: [String] = []

        package init() {}
    }

    /// What becomes of a request to turn into a WebSocket.
    package enum Admission {
        case accept(onEvent: (Session, Session.Event) -> Void)
        case refuse(Response)
    }

    package let options: Options
    /// The port it listens on.
    package private(set) var port = 0
    /// Connections now, HTTP and WebSocket together.
    package private(set) var connections = 0

    let onRequest: (Request, Responder) -> Void
    private let onUpgrade: (Request) -> Admission
    private weak var loop: EventLoop?
    private var host: OpaquePointer?

    init(
        loop: EventLoop, options: Options, onRequest: @escaping (Request, Responder) -> Void,
        onUpgrade: @escaping (Request) -> Admission
    ) {
        self.loop = loop
        self.options = options
        self.onRequest = onRequest
        self.onUpgrade = onUpgrade
    }

    /// "127.0.0.1:8080".
    package var address: String { options.host.contains(":") ? "[\(options.host)]:\(port)" : "\(options.host):\(port)" }

    /// Stops listening and drops every connection. Nothing happens before the next turn of the loop.
    package func close() {
        loop?.after(.zero) { [self] in
            guard let host, let loop else { return }
            self.host = nil
            lws_vhost_destroy(host)
            loop.release(self)
        }
    }

    func listen(on loop: EventLoop) throws(WebSocketError) {
        let strings = loop.strings
        var info = lws_context_creation_info()
        info.options = contextOptions
        info.vhost_name = strings.keep("server")
        info.port = CInt(options.port)
        info.iface = strings.keep(options.host == "localhost" ? "127.0.0.1" : options.host)
        if !options.host.contains(":") { info.options |= UInt64(LWS_SERVER_OPTION_DISABLE_IPV6) }
        info.options |= UInt64(LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND)
        info.protocols = strings.keep([
            lws_protocols(named: strings.keep(options.subprotocol ?? "pm"), reading: 4 << 10), lws_protocols(),
        ])
        info.alpn = strings.keep("http/1.1")
        info.retry_and_idle_policy = loop.policy(of: options.heartbeat)
        info.timeout_secs_ah_idle = UInt32(loop.patience)
        info.keepalive_timeout = CInt(60)
        if let certificate = options.certificate {
            for path in [certificate.chain, certificate.key] where access(path, R_OK) != 0 {
                throw .unreadable(path: path)
            }
            info.ssl_cert_filepath = strings.keep(certificate.chain)
            info.ssl_private_key_filepath = strings.keep(certificate.key)
        }
        // Unretained: the loop keeps the server for as long as the library has its virtual host.
        info.user = Unmanaged.passUnretained(self).toOpaque()
        errno = 0
        host = lws_create_vhost(loop.context, &info)
        guard let host else {
            throw errno == EADDRINUSE ? .addressInUse(address) : .cannotListen(address)
        }
        port = Int(lws_get_vhost_listen_port(host))
    }

    func accept(_ handle: OpaquePointer) -> Verdict {
        guard let loop, connections < options.maxConnections else { return .close }
        let peer = HTTPPeer(loop: loop, server: self, handle: handle)
        loop.keep(peer)
        lws_set_opaque_user_data(handle, Unmanaged<Socket>.passUnretained(peer).toOpaque())
        connections += 1
        return .carryOn
    }

    func left() { connections -= 1 }

    func admission(of request: Request) -> Admission {
        if let offered = request.headers["sec-websocket-protocol"] {
            // The library would hang up without a word.
            let names = offered.split(separator: ",").map { $0.drop { $0 == " " } }
            guard let subprotocol = options.subprotocol, names.contains(subprotocol[...]) else {
                return .refuse(Response(status: 400, "no such subprotocol\n"))
            }
        }
        return onUpgrade(request)
    }
}

extension EventLoop {
    /// Listens for HTTP and WebSocket on one port.
    ///
    /// - Parameters:
    ///   - onUpgrade: Decides on a request to become a WebSocket. The default refuses all with 404.
    ///   - onRequest: Gets every other request, whole, and the way to answer it.
    /// - Throws: ``WebSocketError/addressInUse(_:)``, ``WebSocketError/cannotListen(_:)``,
    ///   ``WebSocketError/unreadable(path:)``.
    package func listen(
        _ options: Server.Options = .init(),
        onUpgrade: @escaping (Request) -> Server.Admission = { _ in .refuse(Response(status: 404)) },
        onRequest: @escaping (Request, Responder) -> Void
    ) throws(WebSocketError) -> Server {
        let server = Server(loop: self, options: options, onRequest: onRequest, onUpgrade: onUpgrade)
        try server.listen(on: self)
        keep(server)
        return server
    }
}
