import CLibwebsockets
import Foundation
import Synchronization
import TestSupport
import WebSockets

/// Makes a loop with time limits that are long enough for a slow machine.
func patientLoop() throws -> EventLoop {
    var options = EventLoop.Options()
    options.stepTimeout = patience
    return try EventLoop(options)
}

/// An event loop with a server, and the events of the server's sessions.
final class Stage {
    let loop: EventLoop
    let server: Server
    var sessions: [Session] = []
    var received: [[UInt8]] = []
    var endings: [WebSocket.Ending] = []

    /// - Parameter onMessage: The default appends messages to ``received``.
    init(
        _ options: Server.Options = .init(), loop: EventLoop? = nil,
        onRequest: @escaping (Request, Responder) -> Void = { $1.respond(Response(status: 404)) },
        onMessage: ((Session, Message) -> Void)? = nil
    ) throws {
        let loop = try loop ?? patientLoop()
        let holder = Holder()
        self.loop = loop
        server = try loop.listen(
            options,
            onUpgrade: { request in
                switch request.path {
                case "/refuse":
                    return .reject(
                        Response(
                            status: Int(request.parameter("status")!)!,
                            headers: request.parameter("after").map { [("Retry-After", $0)] } ?? []))
                default:
                    return .accept { session, event in
                        switch event {
                        case .opened: holder.stage?.sessions.append(session)
                        case .message(let message):
                            if let onMessage {
                                onMessage(session, message)
                            } else {
                                holder.stage?.received.append(Array(message.bytes))
                            }
                        case .closed(let ending):
                            holder.stage?.sessions.removeAll { $0 === session }
                            holder.stage?.endings.append(ending)
                        }
                    }
                }
            }, onRequest: onRequest)
        holder.stage = self
    }

    private final class Holder { weak var stage: Stage? }

    func url(_ target: String = "/", secure: Bool = false, host: String = "127.0.0.1") throws -> WebSocketURL
    {
        try WebSocketURL("\(secure ? "wss" : "ws")://\(host):\(server.port)\(target)")
    }

    @discardableResult
    func run(_ limit: Duration = patience, until isDone: () -> Bool) throws -> Bool {
        try loop.run(upTo: limit, until: isDone)
    }
}

/// The events of a client.
final class ClientEvents {
    var isOpen = false
    var messages: [[UInt8]] = []
    var ending: WebSocket.Ending?
    var failure: ConnectFailure?
    var count = 0

    var texts: [String] { messages.map { String(decoding: $0, as: UTF8.self) } }

    func add(_ event: ClientConnection.Event) {
        count += 1
        switch event {
        case .opened: isOpen = true
        case .message(let message): messages.append(Array(message.bytes))
        case .closed(let ending): self.ending = ending
        case .failed(let failure): self.failure = failure
        }
    }
}

extension EventLoop {
    func connect(
        to url: WebSocketURL, _ options: ClientConnection.Options = .init(), into events: ClientEvents
    ) throws -> ClientConnection {
        try connect(to: url, options) { events.add($1) }
    }
}

/// A TCP server that runs a script for each connection, on a thread of its own.
final class RawServer: Sendable {
    let port: Int
    private let listener: CInt

    init(_ script: @escaping @Sendable (RawConnection) -> Void) {
        listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        port = withUnsafeMutablePointer(to: &address) { [listener] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                precondition(bind(listener, $0, length) == 0 && listen(listener, 16) == 0)
                getsockname(listener, $0, &length)
            }
            return Int(UInt16(bigEndian: pointer.pointee.sin_port))
        }
        Thread.detachNewThread { [listener] in
            while true {
                let accepted = accept(listener, nil, nil)
                guard accepted >= 0 else { return }
                Thread.detachNewThread {
                    let connection = RawConnection(accepted)
                    script(connection)
                    connection.close()
                }
            }
        }
    }

    deinit {
        shutdown(listener, CInt(SHUT_RDWR))
        close(listener)
    }

    func url(_ target: String = "/") throws -> WebSocketURL {
        try WebSocketURL("ws://127.0.0.1:\(port)\(target)")
    }
}

/// A TCP connection for raw bytes.
final class RawConnection: Sendable {
    let descriptor: CInt
    private let isClosed = Atomic(false)

    init(_ descriptor: CInt) {
        self.descriptor = descriptor
        var on: CInt = 1
        setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
    }

    /// Connects to a loopback port.
    convenience init(port: Int) {
        self.init(socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0))
        var address = loopback(port: port)
        withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                precondition(connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0)
            }
        }
    }

    deinit { close() }

    func send(_ text: String) { send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// Returns the received bytes, without waiting unless `waiting` is true; `nil` at the end.
    func read(waiting: Bool = false) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, waiting ? 0 : CInt(MSG_DONTWAIT))
        if count > 0 { return Array(buffer[..<count]) }
        return count < 0 && errno == EAGAIN ? [] : nil
    }

    func close(resetting: Bool = false) {
        guard !isClosed.exchange(true, ordering: .relaxed) else { return }
        if resetting {
            var now = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        }
        Glibc.close(descriptor)
    }

    /// Reads the head of a request and accepts its upgrade.
    ///
    /// - Parameter more: Bytes sent in the same segment.
    func upgrade(thenAtOnce more: [UInt8] = []) {
        let head = readHead()
        let key = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("sec-websocket-key:") }!
            .split(separator: " ").last!
        let answer =
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: \(acceptance(of: String(key)))\r\n\r\n"
        send(Array(answer.utf8) + more)
    }

    func readHead() -> String {
        var head: [UInt8] = []
        while !String(decoding: head, as: UTF8.self).hasSuffix("\r\n\r\n") {
            guard let more = read(waiting: true) else { break }
            head += more
        }
        return String(decoding: head, as: UTF8.self)
    }

    /// Waits until the client has read everything sent so far: it answers a ping. A reset discards unread data.
    func awaitReading() {
        send(frame(9, []))
        while let answer = read(waiting: true), answer.first != 0x8A {}  // a pong
    }

    /// Waits until the peer has disconnected.
    func drain() {
        while read(waiting: true) != nil {}
    }
}

/// Returns an unmasked frame, as a server sends it.
func frame(_ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true) -> [UInt8] {
    let first = opcode | (isFinal ? 0x80 : 0)
    switch payload.count {
    case ..<126: return [first, UInt8(payload.count)] + payload
    case ..<65_536: return [first, 126, UInt8(payload.count >> 8), UInt8(payload.count & 255)] + payload
    default:
        return [first, 127] + (0..<8).reversed().map { UInt8(payload.count >> ($0 * 8) & 255) } + payload
    }
}

private func loopback(port: Int) -> sockaddr_in {
    sockaddr_in(
        sin_family: sa_family_t(AF_INET), sin_port: in_port_t(port).bigEndian,
        sin_addr: in_addr(s_addr: UInt32(0x7F00_0001).bigEndian), sin_zero: (0, 0, 0, 0, 0, 0, 0, 0))
}

/// Source: RFC 6455, section 4.2.2.
private func acceptance(of key: String) -> String {
    var digest = [UInt8](repeating: 0, count: 20)
    let text = Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)
    lws_SHA1(text, text.count, &digest)
    return Data(digest).base64EncodedString()
}
