import Foundation
import Synchronization

/// An HTTP server on loopback that simulates all of Polymarket's services. It serves one request per connection.
final class TinyServer: Sendable {
    struct Response: Sendable {
        var status = 200
        var headers: [String] = []
        var body = ""
        var delay = Duration.zero
        /// Bytes that Content-Length announces and the server does not send.
        var missing = 0
    }

    let port: UInt16
    private let listener: CInt
    private let answer: @Sendable (String) -> Response
    private let requested = Mutex<[String]>([])

    /// - Parameter answer: Returns the response to a GET of a target.
    init(_ answer: @escaping @Sendable (String) -> Response) {
        (listener, port) = Self.listen()
        self.answer = answer
        Thread.detachNewThread { [listener, self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { break }
                Thread.detachNewThread { self.serve(connection) }
            }
            close(listener)
        }
    }

    /// Ends the accepting thread, which otherwise keeps the server alive.
    func stop() { shutdown(listener, CInt(SHUT_RDWR)) }

    var url: String { "http://127.0.0.1:\(port)" }

    /// The requested targets, in order.
    var targets: [String] { requested.withLock { $0 } }

    /// Returns the same wallet, market and book for every request.
    static func everything(_ target: String) -> Response {
        let path = target.prefix { $0 != "?" }
        let query = target.dropFirst(path.count + 1).split(separator: "&").map { $0.split(separator: "=") }
        func parameter(_ name: String) -> Substring { query.first { $0[0] == name }?.last ?? "" }
        switch path {
        case "/markets/keyset":
            let rows = query.filter { $0[0] == "condition_ids" }.map {
                #"{"conditionId":"\#($0[1])","question":"Will it?"}"#
            }
            return Response(body: #"{"markets":[\#(rows.joined(separator: ","))]}"#)
        case "/public-profile": return Response(body: #"{"createdAt":"2020-01-01T00:00:00Z","name":"Ann"}"#)
        case "/v2/positions" where parameter("status") == "OPEN":
            return Response(body: page(Sample.position("1", total: 7, value: 2)))
        case "/v2/positions", "/v2/trades": return Response(body: page(""))
        case "/v2/user-stats", "/v2/value": return Response(body: #"{"data":null}"#)
        case "/book": return Response(body: #"{"bids":[],"asks":[{"price":"0.5","size":"90000"}]}"#)
        default: return Response(status: 404)
        }
    }

    private static func page(_ row: String) -> String {
        #"{"data":[\#(row)],"pagination":{"has_more":false,"next_cursor":null}}"#
    }

    private func serve(_ connection: CInt) {
        defer { close(connection) }
        var (request, chunk) = ([UInt8](), [UInt8](repeating: 0, count: 4096))
        while !request.ends(with: "\r\n\r\n".utf8) {
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return }
            request += chunk[..<count]
        }
        let target = String(String(decoding: request, as: UTF8.self).split(separator: " ")[1])
        requested.withLock { $0.append(target) }
        let response = answer(target)
        if response.delay > .zero { usleep(UInt32(response.delay / .microseconds(1))) }
        let head = [
            "HTTP/1.1 \(response.status) Said",
            "Content-Length: \(response.body.utf8.count + response.missing)",
            "Connection: close",
        ]
        let text = (head + response.headers).joined(separator: "\r\n") + "\r\n\r\n" + response.body
        _ = Array(text.utf8).withUnsafeBytes {
            send(connection, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
        }
    }

    private static func listen() -> (CInt, UInt16) {
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                precondition(bind(listener, generic, length) == 0 && Glibc.listen(listener, 256) == 0)
                getsockname(listener, generic, &length)
            }
        }
        return (listener, UInt16(bigEndian: address.sin_port))
    }
}

extension [UInt8] {
    fileprivate func ends(with end: some Collection<UInt8>) -> Bool {
        count >= end.count && suffix(end.count).elementsEqual(end)
    }
}
