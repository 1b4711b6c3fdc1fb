import Glibc
import TestSupport

/// A TCP connection to this machine, to send invalid requests or to leave responses unread.
final class RawConnection {
    private let descriptor: CInt

    /// - Parameters:
    ///   - address: An address of this machine, in network byte order; loopback by default.
    ///   - receiveBuffer: The size of the kernel's buffer, in bytes; the default is the system's.
    init(port: Int, address: in_addr_t = UInt32(0x7F00_0001).bigEndian, receiveBuffer: Int? = nil) throws {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw TestFailure.unable(to: "make a socket") }
        if let receiveBuffer {
            var bytes = CInt(receiveBuffer)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<CInt>.size))
        }
        var peer = sockaddr_in()
        peer.sin_family = sa_family_t(AF_INET)
        peer.sin_port = in_port_t(port).bigEndian
        peer.sin_addr = in_addr(s_addr: address)
        let status = withUnsafePointer(to: &peer) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw TestFailure.unable(to: "connect to port \(port)") }
    }

    deinit { close(descriptor) }

    /// Connects as a viewer of the live page; reads the response to the upgrade and nothing after it.
    static func viewer(port: Int) throws -> RawConnection {
        let viewer = try RawConnection(port: port, receiveBuffer: 4 << 10)
        viewer.send(
            "GET /live HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
        let answer = viewer.receive(atMost: 12)
        guard answer == "HTTP/1.1 101" else { throw TestFailure("not accepted: \(answer ?? "no answer")") }
        return viewer
    }

    /// Sends bytes; returns false if the peer has closed the connection.
    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        Glibc.send(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL)) == bytes.count
    }

    /// Returns the next bytes; "" at the end, `nil` if none arrive in time.
    func receive(atMost count: Int = 4096, within limit: Duration = patience) -> String? {
        var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let (seconds, attoseconds) = limit.components
        guard poll(&wait, 1, CInt(seconds * 1000 + attoseconds / 1_000_000_000_000_000)) == 1 else {
            return nil
        }
        var bytes = [UInt8](repeating: 0, count: count)
        let read = recv(descriptor, &bytes, count, 0)
        return String(decoding: bytes.prefix(max(0, read)), as: UTF8.self)
    }

    /// Returns everything until the peer closes the connection; `nil` if it does not in time.
    func everything(within limit: Duration = patience) -> String? {
        let deadline = ContinuousClock.now + limit
        var text = ""
        while ContinuousClock.now < deadline {
            guard let more = receive(within: ContinuousClock.now.duration(to: deadline)) else { return nil }
            if more.isEmpty { return text }
            text += more
        }
        return nil
    }
}
