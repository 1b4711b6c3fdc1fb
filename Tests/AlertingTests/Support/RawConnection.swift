import Glibc
import TestSupport

/// A TCP connection to a port of this machine, for what no client library would send, or leave unread.
final class RawConnection {
    private let descriptor: CInt

    /// - Parameters:
    ///   - address: One of this machine's own, in the order of the network.
    ///   - receiveBuffer: Bytes the kernel may hold for us; the default is the system's.
    init(port: Int, address: in_addr_t = UInt32(0x7F00_0001).bigEndian, receiveBuffer: Int? = nil) throws {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw TestFailure.unable(to: "make a socket") }
        if let receiveBuffer {
            var bytes = CInt(receiveBuffer)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<CInt>.size))
        }
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = in_port_t(port).bigEndian
        place.sin_addr = in_addr(s_addr: address)
        let status = withUnsafePointer(to: &place) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw TestFailure.unable(to: "connect to port \(port)") }
    }

    deinit { close(descriptor) }

    /// A viewer of the live page, as far as the answer to its upgrade; it reads no further.
    static func viewer(port: Int) throws -> RawConnection {
        let viewer = try RawConnection(port: port, receiveBuffer: 4 << 10)
        viewer.send(
            "GET /live HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
        let answer = viewer.receive(atMost: 12)
        guard answer == "HTTP/1.1 101" else { throw TestFailure("not let in: \(answer ?? "no answer")") }
        return viewer
    }

    /// Sends what the kernel takes; `false` when the other side has left.
    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        Glibc.send(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL)) == bytes.count
    }

    /// What comes next, "" at the end of it; `nil` when nothing comes.
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

    /// All that comes until the other side ends the connection; `nil` when it does not in time.
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
