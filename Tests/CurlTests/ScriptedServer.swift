import Foundation
import Synchronization

/// An HTTP server on loopback that does exactly as told, byte for byte, right or wrong.
final class ScriptedServer: Sendable {
    enum Step: Sendable {
        case send(String)
        case sendBytes([UInt8])
        case pause(Duration)
        /// Breaks the connection off with a reset.
        case reset
        case close
        /// Says no more, until the client has gone.
        case hang
    }

    struct Request: Sendable {
        let method: String
        let target: String
        let head: String
        let body: [UInt8]
    }

    let port: UInt16
    private let listener: CInt
    private let script: @Sendable (Request) -> [Step]
    private let connections = Atomic(0)
    private let heard = Mutex<[Request]>([])

    /// - Parameter script: What to do about a request.
    init(_ script: @escaping @Sendable (Request) -> [Step]) {
        (listener, port) = Self.listen()
        self.script = script
        Thread.detachNewThread { [listener, self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { break }
                // Or a command that another test starts keeps it open.
                _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
                self.connections.add(1, ordering: .relaxed)
                Thread.detachNewThread { self.serve(connection) }
            }
            close(listener)
        }
    }

    /// Ends the thread that accepts, which otherwise holds the server.
    func stop() { shutdown(listener, CInt(SHUT_RDWR)) }

    /// How many were accepted so far.
    var accepted: Int { connections.load(ordering: .relaxed) }

    var requests: [Request] { heard.withLock { $0 } }

    func url(_ target: String = "/", host: String = "127.0.0.1") -> String {
        "http://\(host):\(port)\(target)"
    }

    private func serve(_ connection: CInt) {
        defer { close(connection) }
        var pending: [UInt8] = []
        while let request = read(from: connection, &pending) {
            heard.withLock { $0.append(request) }
            for step in script(request) {
                guard perform(step, on: connection) else { return }
            }
        }
    }

    /// - Returns: Whether the connection goes on.
    private func perform(_ step: Step, on connection: CInt) -> Bool {
        switch step {
        case .send(let text):
            return perform(.sendBytes(Array(text.utf8)), on: connection)
        case .sendBytes(let bytes):
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    send(connection, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
                }
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        case .pause(let duration):
            usleep(UInt32(duration / .microseconds(1)))
            return true
        case .reset:
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(connection, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
            return false
        case .close:
            return false
        case .hang:
            var byte: UInt8 = 0
            while recv(connection, &byte, 1, 0) > 0 {}
            return false
        }
    }

    private func read(from connection: CInt, _ pending: inout [UInt8]) -> Request? {
        let separator = Array("\r\n\r\n".utf8)
        while true {
            if let end = pending.firstRange(of: separator) {
                let head = String(decoding: pending[..<end.lowerBound], as: UTF8.self)
                let length = head.firstMatch(of: /(?i)content-length: (\d+)/).flatMap { Int($0.1) } ?? 0
                if pending.count >= end.upperBound + length {
                    let body = Array(pending[end.upperBound..<(end.upperBound + length)])
                    pending.removeFirst(end.upperBound + length)
                    let words = head.split(separator: " ", maxSplits: 2).map(String.init)
                    return Request(method: words[0], target: words[1], head: head, body: body)
                }
            }
            var chunk = [UInt8](repeating: 0, count: 1 << 16)
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            pending += chunk[..<count]
        }
    }

    private static func listen() -> (CInt, UInt16) {
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                precondition(bind(listener, address, length) == 0)
                precondition(Glibc.listen(listener, 128) == 0)
                precondition(getsockname(listener, address, &length) == 0)
            }
        }
        return (listener, UInt16(bigEndian: address.sin_port))
    }
}

extension ScriptedServer.Step {
    /// A whole answer with its length told.
    static func answer(_ status: Int = 200, _ body: String = "", headers: String = "") -> Self {
        .send("HTTP/1.1 \(status) Whatever\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)")
    }
}
