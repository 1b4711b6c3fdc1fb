import CLibwebsockets
import Glibc

/// A listening TCP socket that the loop watches for a ``Server``.
///
/// It is not the library's own listener: libwebsockets 4.1.6 does not close a listening socket before its
/// context ends, although `lws_vhost_destroy` claims to, and it hides the reason why a port is not available.
final class Listener: Socket {
    let port: Int
    private let descriptor: CInt
    private let onConnection: (CInt) -> Void

    /// - Parameters:
    ///   - sendBuffer: The kernel's send buffer of each connection in bytes; the default is the system's.
    ///   - onConnection: Receives each accepted socket and owns it.
    init(
        loop: EventLoop, host: String, port: Int, sendBuffer: Int? = nil,
        onConnection: @escaping (CInt) -> Void
    ) throws(WebSocketError) {
        (descriptor, self.port) = try Self.open(host: host, port: port)
        if let sendBuffer {
            var bytes = CInt(clamping: sendBuffer)
            // Accepted connections inherit it.
            setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &bytes, socklen_t(MemoryLayout<CInt>.size))
        }
        self.onConnection = onConnection
        super.init(loop: loop)
    }

    /// - Returns: `false` if the loop cannot hold another socket.
    func start(under host: OpaquePointer?) -> Bool {
        var info = lws_adopt_desc_t()
        info.vh = host
        info.type = LWS_ADOPT_RAW_FILE_DESC
        info.fd.filefd = descriptor
        // Unretained: the loop retains every socket until the library destroys it.
        info.opaque = Unmanaged<Socket>.passUnretained(self).toOpaque()
        loop?.keep(self)
        handle = lws_adopt_descriptor_vhost_via_info(&info)
        if handle == nil { loop?.release(self) }
        return handle != nil
    }

    override func receive(_ event: SocketEvent) -> SocketAction {
        guard case .acceptable = event else { return super.receive(event) }
        // Accept all that wait, up to a limit: open connections wait for their turn.
        for _ in 0..<64 {
            let connection = Glibc.accept(descriptor, nil, nil)
            guard connection >= 0 else { break }
            _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
            var on: CInt = 1
            setsockopt(connection, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
            onConnection(connection)
        }
        return .proceed
    }

    private static func open(host: String, port: Int) throws(WebSocketError) -> (CInt, Int) {
        let name = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host == "localhost" ? "127.0.0.1" : host, "\(port)", &hints, &list) == 0,
            let found = list
        else { throw .cannotListen("\(name): not a numeric address") }
        defer { freeaddrinfo(list) }
        let type = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(found.pointee.ai_family, type, 0)
        var on: CInt = 1
        // So that a restart need not wait until the kernel has forgotten the old connections.
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<CInt>.size))
        guard bind(descriptor, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0,
            listen(descriptor, SOMAXCONN) == 0
        else {
            let number = errno
            Glibc.close(descriptor)
            throw number == EADDRINUSE
                ? .addressInUse(name) : .cannotListen("\(name): \(String(cString: strerror(number)))")
        }
        return (descriptor, Self.port(of: descriptor))
    }

    private static func port(of descriptor: CInt) -> Int {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutableBytes(of: &address) { bytes in
            getsockname(descriptor, bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self), &length)
            // The port is at the same offset for IPv4 and IPv6.
            return Int(UInt16(bigEndian: bytes.load(fromByteOffset: 2, as: UInt16.self)))
        }
    }
}
