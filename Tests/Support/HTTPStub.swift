import Glibc
import Synchronization

/// An HTTP/1.1 server on loopback that answers each request as a closure says, and records the requests.
///
/// It sends exactly the bytes of the answer, so that a test can also send malformed or incomplete responses.
/// Connections are kept alive until the answer closes them or the client leaves.
package final class HTTPStub: Sendable {
    package struct Request: Sendable {
        /// The number of requests that the server received before this one.
        package let index: Int
        package let method: String
        /// Path and query as sent.
        package let target: String
        /// The request line and the headers as sent, without the empty line.
        package let head: String
        package let bytes: [UInt8]
        package let receivedAt: ContinuousClock.Instant

        package var path: String { String(target.prefix { $0 != "?" }) }
        /// The query without "?"; empty if there is none.
        package var query: String { String(target.dropFirst(path.count + 1)) }
        /// The body as text.
        package var body: String { String(decoding: bytes, as: UTF8.self) }

        /// The headers by name in lower case.
        package var headers: [String: String] {
            var headers: [String: String] = [:]
            for line in head.split(separator: "\r\n").dropFirst() {
                let parts = line.split(separator: ":", maxSplits: 1)
                headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
            }
            return headers
        }
    }

    package let port: Int
    private let listener: CInt
    private let state: State
    private let isStopped = Atomic(false)

    /// Starts the server.
    ///
    /// - Parameter answer: Called for each request, on the thread of its connection. The default answers 200.
    package init(_ answer: @escaping @Sendable (Request) -> Answer = { _ in .reply() }) {
        let (listener, state) = (makeListener(), State(answer))
        (self.listener, self.state) = (listener, state)
        port = portNumber(of: listener)
        detachThread {
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { break }
                _ = fcntl(connection, F_SETFD, FD_CLOEXEC)  // a child would keep the connection open
                state.connections.add(1, ordering: .relaxed)
                detachThread { state.serve(connection) }
            }
            close(listener)
        }
    }

    deinit { stop() }

    /// Rejects further connections. Open connections stay open until their clients leave.
    package func stop() {
        guard !isStopped.exchange(true, ordering: .relaxed) else { return }
        shutdown(listener, CInt(SHUT_RDWR))  // the accepting thread closes it
    }

    /// The requests so far, in the order of their arrival.
    package var requests: [Request] { state.requests.withLock { $0 } }

    /// The targets of the requests so far.
    package var targets: [String] { requests.map(\.target) }

    /// The number of connections accepted so far.
    package var connections: Int { state.connections.load(ordering: .relaxed) }

    package func url(_ target: String = "", host: String = "127.0.0.1") -> String {
        "http://\(host):\(port)\(target)"
    }
}

/// The part of the server that its threads share. It may outlive the server.
private final class State: Sendable {
    let requests = Mutex<[HTTPStub.Request]>([])
    let connections = Atomic(0)
    private let answer: @Sendable (HTTPStub.Request) -> HTTPStub.Answer

    init(_ answer: @escaping @Sendable (HTTPStub.Request) -> HTTPStub.Answer) {
        self.answer = answer
    }

    func serve(_ connection: CInt) {
        defer { close(connection) }
        var pending: [UInt8] = []
        while let (head, bytes) = read(from: connection, &pending) {
            let parts = head.prefix { $0 != "\r\n" }.split(separator: " ").map(String.init)
            guard parts.count == 3 else { return }
            let request = requests.withLock { all in
                let request = HTTPStub.Request(
                    index: all.count, method: parts[0], target: parts[1], head: head, bytes: bytes,
                    receivedAt: .now)
                all.append(request)
                return request
            }
            for step in answer(request).steps {
                guard step.perform(on: connection) else { return }
            }
        }
    }

    /// Reads one request; `nil` if the client has left.
    private func read(from connection: CInt, _ pending: inout [UInt8]) -> (head: String, bytes: [UInt8])? {
        let separator = Array("\r\n\r\n".utf8)
        while true {
            if let end = pending.firstRange(of: separator) {
                let head = String(decoding: pending[..<end.lowerBound], as: UTF8.self)
                let length = head.firstMatch(of: /(?i)content-length: (\d+)/).flatMap { Int($0.1) } ?? 0
                if pending.count >= end.upperBound + length {
                    defer { pending.removeFirst(end.upperBound + length) }
                    return (head, Array(pending[end.upperBound..<(end.upperBound + length)]))
                }
            }
            var chunk = [UInt8](repeating: 0, count: 1 << 16)
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            pending += chunk[..<count]
        }
    }
}

private func makeListener() -> CInt {
    let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            let isBound = bind(listener, generic, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            precondition(isBound && listen(listener, 256) == 0, "unable to listen on loopback")
        }
    }
    return listener
}

private func portNumber(of listener: CInt) -> Int {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            _ = getsockname(listener, generic, &length)
        }
    }
    return Int(UInt16(bigEndian: address.sin_port))
}
