import Glibc

/// Sends one HTTP request on its own connection to a loopback port, and reads the raw response, so that no
/// client library alters what a test sees.
package struct PlainHTTP {
    package struct Answer: Sendable {
        package let status: Int
        /// The headers by name in lower case.
        package let headers: [String: String]
        package let body: [UInt8]

        package var text: String { String(decoding: body, as: UTF8.self) }

        /// True if the body has the length of Content-Length.
        package var isComplete: Bool { headers["content-length"].map { Int($0) == body.count } ?? true }
    }

    /// Sends a request and returns the response.
    ///
    /// - Throws: ``TestFailure`` without a response: the connection failed, was reset or closed, or the time
    ///   limit passed.
    package static func request(
        _ method: String = "GET", port: Int, _ target: String, body: String? = nil,
        headers: [(name: String, value: String)] = [], within limit: Duration = patience
    ) throws -> Answer {
        let descriptor = try connection(to: port, patience: limit)
        defer { close(descriptor) }
        var head = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if let body { head += "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n" }
        try writeAll(Array((head + "\r\n" + (body ?? "")).utf8), to: descriptor)
        return try answer(in: received(from: descriptor))
    }

    private static func connection(to port: Int, patience: Duration) throws -> CInt {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw TestFailure.unable(to: "make a socket") }
        var limit = timeval()
        limit.tv_sec = Int(patience.components.seconds)
        limit.tv_usec = Int(patience.components.attoseconds / 1_000_000_000_000)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in(
            sin_family: sa_family_t(AF_INET), sin_port: in_port_t(port).bigEndian,
            sin_addr: in_addr(s_addr: UInt32(0x7F00_0001).bigEndian), sin_zero: (0, 0, 0, 0, 0, 0, 0, 0))
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            defer { close(descriptor) }
            throw TestFailure.unable(to: "connect to port \(port)")
        }
        return descriptor
    }

    private static func received(from descriptor: CInt) throws -> [UInt8] {
        var (bytes, chunk) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16))
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count == 0 { return bytes }
            guard count > 0 else { throw TestFailure.unable(to: "read an answer") }
            bytes += chunk[..<count]
        }
    }

    private static func answer(in bytes: [UInt8]) throws -> Answer {
        let blank = Array("\r\n\r\n".utf8)
        guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: blank) }) else {
            throw TestFailure("no answer: \(String(decoding: bytes.prefix(200), as: UTF8.self))")
        }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
        guard let first = lines.first?.split(separator: " "), first.count > 1, let status = Int(first[1])
        else {
            throw TestFailure("no status line")
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
        }
        return Answer(status: status, headers: headers, body: Array(bytes[(end + blank.count)...]))
    }
}
