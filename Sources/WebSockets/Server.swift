import CLibwebsockets
import Glibc

/// A server for HTTP and WebSocket on one port, run by an ``EventLoop``.
///
/// The loop retains the server until ``close()``.
package final class Server {
    package struct Options: Sendable {
        /// The numeric address to listen on; "localhost" means 127.0.0.1. The default is 127.0.0.1.
        package var host = "127.0.0.1"
        /// The port; with 0, the default, the system chooses one: see ``Server/port``.
        package var port = 0
        /// PEM files with a certificate chain and its key. The default is none: no TLS.
        package var certificate: (chain: String, key: String)?
        /// The largest number of open connections; further ones are closed. The default is 1,024.
        package var maxConnections = 1_024
        /// The largest number of open connections from one address other than loopback; further ones are
        /// closed. The default is no limit besides ``maxConnections``.
        package var maxConnectionsPerAddress: Int?
        /// The kernel's send buffer of each connection in bytes. The default is the system's, which may be
        /// megabytes.
        package var sendBuffer: Int?
        /// The largest request body in bytes; a larger one is answered with 413. The default is 1 MiB.
        package var longestBody = 1 << 20
        /// The largest message of a client in bytes; a longer one closes the connection with 1009. The
        /// default is 4 KiB.
        package var longestMessage = 4 << 10
        /// The limits of each session's send queue.
        package var bound = SendQueueBound()
        package var heartbeat = Heartbeat()
        /// Names, in lower case, of further headers to read, such as "webhook-id".
        package var otherHeaders: [String] = []

        package init() {}
    }

    /// The decision on a request to upgrade to a WebSocket.
    package enum Admission {
        case accept(onEvent: (Session, Session.Event) -> Void)
        case reject(Response)
    }

    package let options: Options
    /// The number of open connections, HTTP and WebSocket together.
    package var connections: Int { sockets.count }

    let onRequest: (Request, Responder) -> Void
    private let onUpgrade: (Request) -> Admission
    private weak var loop: EventLoop?
    private var listener: Listener?
    private var host: OpaquePointer?
    private var sockets: [ObjectIdentifier: Socket] = [:]

    init(
        loop: EventLoop, options: Options, onRequest: @escaping (Request, Responder) -> Void,
        onUpgrade: @escaping (Request) -> Admission
    ) {
        self.loop = loop
        self.options = options
        self.onRequest = onRequest
        self.onUpgrade = onUpgrade
    }

    /// The port that the server listens on.
    package var port: Int { listener?.port ?? options.port }

    /// Stops listening and drops every connection; their closed events follow in the next turns of the loop.
    package func close() {
        listener?.drop()
        listener = nil
        for socket in sockets.values { socket.drop() }
        loop?.release(self)
    }

    func listen(on loop: EventLoop) throws(WebSocketError) {
        host = try makeHost(on: loop)
        let listener = try Listener(
            loop: loop, host: options.host, port: options.port, sendBuffer: options.sendBuffer
        ) { [weak self] in self?.accept($0) }
        guard listener.start(under: loop.clientHost) else {
            throw .library("the loop cannot hold another socket for a server")
        }
        self.listener = listener
    }

    /// Replaces the object of a socket after an upgrade.
    func replace(_ peer: HTTPPeer, by session: Session) {
        sockets[ObjectIdentifier(peer)] = nil
        sockets[ObjectIdentifier(session)] = session
    }

    func didClose(_ socket: Socket) { sockets[ObjectIdentifier(socket)] = nil }

    /// Creates the library's virtual host, which holds the options. It lasts as long as the loop:
    /// libwebsockets 4.1.6 cannot remove one.
    private func makeHost(on loop: EventLoop) throws(WebSocketError) -> OpaquePointer {
        let strings = loop.strings
        var info = lws_context_creation_info()
        info.options = contextOptions
        info.port = CONTEXT_PORT_NO_LISTEN_SERVER
        info.vhost_name = strings.keep("server")
        info.protocols = strings.keep([
            lws_protocols(named: strings.keep("pm"), reading: 4 << 10),
            lws_protocols(),
        ])
        info.alpn = strings.keep("http/1.1")
        info.retry_and_idle_policy = loop.policy(of: options.heartbeat)
        info.timeout_secs_ah_idle = UInt32(loop.stepTimeout)
        info.keepalive_timeout = 60
        if let certificate = options.certificate {
            for path in [certificate.chain, certificate.key] where access(path, R_OK) != 0 {
                throw .unreadable(path: path)
            }
            info.ssl_cert_filepath = strings.keep(certificate.chain)
            info.ssl_private_key_filepath = strings.keep(certificate.key)
        }
        guard let host = lws_create_vhost(loop.context, &info) else {
            throw .cannotListen("\(options.host):\(options.port): unusable certificate")
        }
        return host
    }

    private func accept(_ descriptor: CInt) {
        guard let loop, sockets.count < options.maxConnections else {
            Glibc.close(descriptor)
            return
        }
        let peer = HTTPPeer(loop: loop, server: self)
        loop.keep(peer)
        sockets[ObjectIdentifier(peer)] = peer
        var info = lws_adopt_desc_t()
        info.vh = host
        info.type = lws_adoption_type(
            LWS_ADOPT_SOCKET.rawValue | LWS_ADOPT_HTTP.rawValue | LWS_ADOPT_ALLOW_SSL.rawValue)
        info.fd.sockfd = descriptor
        // Unretained: the loop retains every socket until the library destroys it.
        info.opaque = Unmanaged<Socket>.passUnretained(peer).toOpaque()
        peer.handle = lws_adopt_descriptor_vhost_via_info(&info)
        if peer.handle == nil { _ = peer.receive(.destroyed) }
        if exceedsLimit(peer.peerAddress) { peer.drop() }
    }

    private func exceedsLimit(_ address: String) -> Bool {
        guard let limit = options.maxConnectionsPerAddress, !isLoopback(address) else { return false }
        return sockets.values.count { $0.peerAddress == address } > limit
    }

    func admission(of request: Request) -> Admission {
        // The library would close the connection without a response.
        guard request.headers["sec-websocket-protocol"] == nil else {
            return .reject(Response(status: 400, "no subprotocol is supported\n"))
        }
        return onUpgrade(request)
    }
}

/// Returns true for a numeric loopback address, including IPv4-mapped IPv6.
package func isLoopback(_ address: String) -> Bool {
    address == "::1" || ["127.", "::ffff:127."].contains { address.hasPrefix($0) }
}

extension EventLoop {
    /// Listens for HTTP and WebSocket on one port.
    ///
    /// - Parameters:
    ///   - onUpgrade: Decides on a request to upgrade to a WebSocket. The default rejects all with 404.
    ///   - onRequest: Receives every other complete request, and its responder.
    /// - Throws: ``WebSocketError/addressInUse(_:)``, ``WebSocketError/cannotListen(_:)``,
    ///   ``WebSocketError/unreadable(path:)``.
    package func listen(
        _ options: Server.Options = .init(),
        onUpgrade: @escaping (Request) -> Server.Admission = { _ in .reject(Response(status: 404)) },
        onRequest: @escaping (Request, Responder) -> Void
    ) throws(WebSocketError) -> Server {
        let server = Server(loop: self, options: options, onRequest: onRequest, onUpgrade: onUpgrade)
        try server.listen(on: self)
        keep(server)
        return server
    }
}
