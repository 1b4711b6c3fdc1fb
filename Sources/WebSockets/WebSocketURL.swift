/// The URL of a WebSocket server: `ws://` or `wss://`, a host, a port and a path with its query.
///
/// Source: RFC 6455, section 3. Percent escapes are kept unchanged.
package struct WebSocketURL: Equatable, Sendable {
    /// The reason why a text is not a WebSocket URL.
    package enum Malformed: Error, Equatable, CustomStringConvertible {
        case scheme, host, port, userInfo, fragment, character

        package var description: String {
            switch self {
            case .scheme: "the address must begin with ws:// or wss://"
            case .host: "the address has no host"
            case .port: "the port must be a number from 1 to 65535"
            case .userInfo: "the address must not contain a user name or password"
            case .fragment: "the address must not contain a fragment"
            case .character: "the address contains a space, a control character or a character outside ASCII"
            }
        }
    }

    package let isSecure: Bool
    /// A name or a numeric address; an IPv6 address without its brackets.
    package let host: String
    package let port: Int
    /// Path and query; "/" if the text had none.
    package let target: String

    package init(_ text: String) throws(Malformed) {
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw .character }
        let rest: Substring
        if let plain = text.dropping(prefix: "ws://") {
            (isSecure, rest) = (false, plain)
        } else if let secure = text.dropping(prefix: "wss://") {
            (isSecure, rest) = (true, secure)
        } else {
            throw .scheme
        }
        guard !rest.contains("#") else { throw .fragment }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let (authority, target) = (rest[..<end], rest[end...])
        guard !authority.contains("@") else { throw .userInfo }
        (host, port) = try Self.split(authority, defaultPort: isSecure ? 443 : 80)
        self.target = target.hasPrefix("/") ? String(target) : "/" + target
    }

    /// True if the host is a loopback address or `localhost`, decided without a resolver.
    package var isLoopback: Bool { host == "localhost" || Self.isLoopback(host) }

    /// Returns true for a numeric loopback address.
    static func isLoopback(_ address: String) -> Bool {
        address == "::1" || (address.hasPrefix("127.") && address.allSatisfy { $0.isNumber || $0 == "." })
    }

    /// Scheme and authority, for messages: paths and queries may contain secrets.
    package var origin: String { "\(isSecure ? "wss" : "ws")://\(authority)" }

    /// The value of the Host header: the port is omitted if it is the scheme's default.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    private static func split(_ authority: Substring, defaultPort: Int) throws(Malformed) -> (String, Int) {
        var (name, rest) = (authority, Substring())
        if authority.hasPrefix("[") {
            guard let close = authority.firstIndex(of: "]") else { throw .host }
            name = authority[authority.index(after: authority.startIndex)..<close]
            rest = authority[authority.index(after: close)...]
            guard name.contains(":"), name.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else {
                throw .host
            }
        } else if let colon = authority.firstIndex(of: ":") {
            (name, rest) = (authority[..<colon], authority[colon...])
        }
        guard !name.isEmpty else { throw .host }
        guard !rest.isEmpty else { return (name.lowercased(), defaultPort) }
        guard rest.hasPrefix(":"), rest.dropFirst().allSatisfy(\.isNumber),
            let port = Int(rest.dropFirst()), (1...65535).contains(port)
        else { throw .port }
        return (name.lowercased(), port)
    }
}

extension String {
    fileprivate func dropping(prefix: String) -> Substring? {
        lowercased().hasPrefix(prefix) ? dropFirst(prefix.count) : nil
    }
}
