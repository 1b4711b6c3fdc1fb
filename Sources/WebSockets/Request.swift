import CLibwebsockets

/// An HTTP request, or a request to upgrade to a WebSocket.
package struct Request {
    package let method: String
    /// The path, percent-decoded and with "." and ".." resolved by the library.
    package let path: String
    /// The names and values of the query in order, percent-decoded. A part without "=" has an empty value.
    package let parameters: [(name: String, value: String)]
    /// The headers by name in lower case: those that the library knows, and those in
    /// ``Server/Options/otherHeaders``.
    package let headers: [String: String]
    package internal(set) var body: [UInt8] = []
    /// The peer's numeric address.
    package let peer: String

    let isPersistent: Bool

    /// The query without "?", percent-encoded again because the library decodes it.
    package var query: String {
        parameters.map { $0.value.isEmpty ? escape($0.name) : "\(escape($0.name))=\(escape($0.value))" }
            .joined(separator: "&")
    }

    /// Returns the value of the first parameter with that name.
    package func parameter(_ name: String) -> String? {
        parameters.first { $0.name == name }?.value
    }

    /// Reads the request from the library; `nil` if it has no method or path.
    init?(_ handle: OpaquePointer?, otherHeaders: [String], peer: String) {
        var uri: UnsafeMutablePointer<CChar>?
        var count: CInt = 0
        let number = Int(lws_http_get_uri_and_method(handle, &uri, &count))
        guard let uri, methods.indices.contains(number) else { return nil }
        let reader = HeaderReader(handle: handle)
        method = methods[number]
        path = String(decoding: UnsafeRawBufferPointer(start: uri, count: Int(count)), as: UTF8.self)
        parameters = reader.queryParts.map { part in
            let split = part.firstIndex(of: "=") ?? part.endIndex
            return (String(part[..<split]), String(part[split...].dropFirst()))
        }
        var headers = reader.known
        for name in otherHeaders { headers[name] = reader[custom: name] }
        self.headers = headers
        self.peer = peer
        isPersistent =
            reader[WSI_TOKEN_HTTP]?.hasPrefix("HTTP/1.1") == true
            && headers["connection"]?.lowercased().contains("close") != true
    }
}

/// The HTTP methods in the order of the library's enumeration.
private let methods = ["GET", "POST", "OPTIONS", "PUT", "PATCH", "DELETE", "CONNECT", "HEAD"]

/// Percent-encodes all characters except the unreserved ones. Source: RFC 3986, section 2.3.
private func escape(_ text: String) -> String {
    var escaped = ""
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            escaped.unicodeScalars.append(Unicode.Scalar(byte))
        default:
            escaped += byte < 16 ? "%0" : "%"
            escaped += String(byte, radix: 16, uppercase: true)
        }
    }
    return escaped
}
