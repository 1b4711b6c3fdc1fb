import Gzip
import WebSockets

/// Returns bytes as gzip.
func gzipped(_ bytes: [UInt8], level: Int) -> [UInt8] {
    var writer = GzipWriter(level: level)
    var compressed: [UInt8] = []
    writer.write(bytes.span, into: &compressed)
    writer.finish(into: &compressed)
    return compressed
}

extension Request {
    /// True if the client accepts gzip. Source: RFC 9110, section 12.5.3.
    var acceptsGzip: Bool {
        let codings = headers["accept-encoding"]?.lowercased().split(separator: ",") ?? []
        return codings.contains { coding in
            let parts = coding.split(separator: ";").map { $0.filter { !$0.isWhitespace } }
            return parts.first == "gzip"
                && !parts.dropFirst().contains {
                    $0.hasPrefix("q=0") && !$0.contains { "123456789".contains($0) }
                }
        }
    }
}

extension Response {
    /// Returns the response with its body as `gzip`.
    func compressed(as gzip: [UInt8]) -> Response {
        Response(status: status, headers: headers + [("Content-Encoding", "gzip")], body: gzip)
    }
}
