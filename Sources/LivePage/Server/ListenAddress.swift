/// The address that the live page is served on: `HOST:PORT`, where the host is a numeric address or `localhost`.
/// Port 0 lets the system choose.
package struct ListenAddress: Sendable, Equatable {
    /// An IPv6 address is without brackets.
    package let host: String
    package let port: Int

    /// Parses `HOST:PORT` or `[IPV6]:PORT`.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty else { return nil }
        self.host = String(host)
        self.port = Int(port)
    }

    /// Returns the page's address in a browser.
    func url(port: Int) -> String {
        "http://\(host.contains(":") ? "[\(host)]" : host):\(port)/"
    }

    /// Returns true if only this machine can connect to it.
    package var isLoopback: Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
}
