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
        /// Connections at once from one address that is not this machine's own; more are turned away. The default
        /// is no other bound than ``maxConnections``.
        package var maxConnectionsOfOneAddress: Int?
        /// Bytes that the kernel may hold for each connection. The default is the system's, which may be megabytes.
        package var sendBuffer: Int?
        /// Bytes in a request's body; more are answered 413. The default is 1 MiB.
        package var longestBody = 1 << 20
        /// Bytes in a client's message; a longer one closes with 1009. The default is 4 KiB.
        package var longestMessage = 4 << 10
        /// What may wait for one session.
        package var bound = SendQueueBound()
        package var heartbeat = Heartbeat()
        /// The one subprotocol to answer with, to clients that name it. The default is none. Of several
        /// servers on one loop the first one's counts: the library tells them apart by port, and their ports
        /// are ours.
        package var subprotocol: String?
        /// Names, in lower case, of headers to keep that HTTP itself does not know, such as "webhook-id".
        package var otherHeaders: [String] = []

        package init() {}
    }

    /// What becomes of a request to turn into a WebSocket.
    package enum Admission {
        case accept(onEvent: (Session, Session.Event) -> Void)
        case reject(Response)
    }

    package let options: Options
    /// Connections now, HTTP and WebSocket together.
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

    /// The port it listens on.
    package var port: Int { listener?.port ?? options.port }

    /// Stops listening and drops every connection; their ends are told in the next turns of the loop.
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
            throw .library("the loop has no room for a server")
        }
        self.listener = listener
    }

    /// An upgrade turns one object for a socket into another.
    func replace(_ peer: HTTPPeer, by session: Session) {
        sockets[ObjectIdentifier(peer)] = nil
        sockets[ObjectIdentifier(session)] = session
    }

    func left(_ socket: Socket) { sockets[ObjectIdentifier(socket)] = nil }

    /// The library's name for a set of options. It lasts as long as the loop: 4.1.6 cannot take one down.
    private func makeHost(on loop: EventLoop) throws(WebSocketError) -> OpaquePointer {
        let strings = loop.strings
        var info = lws_context_creation_info()
        info.options = contextOptions
        info.port = CONTEXT_PORT_NO_LISTEN_SERVER
        info.vhost_name = strings.keep("server")
        info.protocols = strings.keep([
            lws_protocols(named: strings.keep(options.subprotocol ?? "pm"), reading: 4 << 10),
            lws_protocols(),
        ])
        info.alpn = strings.keep("http/1.1")
        info.retry_and_idle_policy = loop.policy(of: options.heartbeat)
        info.timeout_secs_ah_idle = UInt32(loop.patience)
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
        // Unretained: the loop keeps every socket until the library's last word about it.
        info.opaque = Unmanaged<Socket>.passUnretained(peer).toOpaque()
        peer.handle = lws_adopt_descriptor_vhost_via_info(&info)
        if peer.handle == nil { _ = peer.receive(.destroyed) }
        if isCrowded(by: peer.peerAddress) { peer.drop() }
    }

    private func isCrowded(by address: String) -> Bool {
        guard let most = options.maxConnectionsOfOneAddress, !isLoopback(address) else { return false }
        return sockets.values.count { $0.peerAddress == address } > most
    }

    func admission(of request: Request) -> Admission {
        if let offered = request.headers["sec-websocket-protocol"] {
            // The library would hang up without a word.
            let names = offered.split(separator: ",").map { $0.drop { $0 == " " } }
            guard let subprotocol = options.subprotocol, names.contains(subprotocol[...]) else {
                return .reject(Response(status: 400, "no such subprotocol\n"))
            }
        }
        return onUpgrade(request)
    }
}

/// Whether a numeric address is this machine's own, as IPv6 may write it, too.
package func isLoopback(_ address: String) -> Bool {
    address == "::1" || ["127.", "::ffff:127."].contains { address.hasPrefix($0) }
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
        onUpgrade: @escaping (Request) -> Server.Admission = { _ in .reject(Response(status: 404)) },
        onRequest: @escaping (Request, Responder) -> Void
    ) throws(WebSocketError) -> Server {
        let server = Server(loop: self, options: options, onRequest: onRequest, onUpgrade: onUpgrade)
        try server.listen(on: self)
        keep(server)
        return server
    }
}
