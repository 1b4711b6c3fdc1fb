import Crypto
import WebSockets

/// Decides whether a request is allowed, before the router sees it.
///
/// * `Host` must name this server. Otherwise another site's name that resolves to this machine would count as this
///   site in a browser (DNS rebinding).
/// * `Origin`, which browsers send with a WebSocket request, must be this site's (cross-site WebSocket hijacking).
///   Other clients send none.
/// * If there is a token, the request must carry it: as a bearer token, or as the password of Basic authentication,
///   which a browser asks its user for.
struct RequestGuard {
    private let address: ListenAddress
    private let token: String?

    init(address: ListenAddress, token: String?) {
        self.address = address
        self.token = token
    }

    /// Returns the response to a request that is not allowed; `nil` if it is allowed.
    func rejection(of request: Request) -> Response? {
        // Beyond loopback the server's names are unknown here; the token protects it there.
        guard let host = request.headers["host"],
            !address.isLoopback || ownNames.contains(Self.name(of: host))
        else {
            return .secured(403, "unknown host name\n")
        }
        if let origin = request.headers["origin"], !isSameOrigin(origin, host: host) {
            return .secured(403, "cross-origin request\n")
        }
        if let token, !hasToken(token, request) {
            var response = Response.secured(401, "a token is required\n")
            response.headers.append(("WWW-Authenticate", "Basic realm=\"pm-alert\", charset=\"UTF-8\""))
            return response
        }
        return nil
    }

    /// Source: RFC 6750, section 2.1, and RFC 7617, section 2.
    private func hasToken(_ token: String, _ request: Request) -> Bool {
        guard let words = request.headers["authorization"]?.split(separator: " ", maxSplits: 1),
            words.count == 2
        else { return false }
        switch words[0].lowercased() {
        case "bearer":
            return areEqualInConstantTime(words[1].utf8, token.utf8)
        case "basic":
            guard let pair = base64Decoded(words[1]), let colon = pair.firstIndex(of: UInt8(ascii: ":"))
            else {
                return false
            }
            return areEqualInConstantTime(pair[(colon + 1)...], token.utf8)
        default: return false
        }
    }

    private var ownNames: [String] { ["127.0.0.1", "::1", "localhost", address.host.lowercased()] }

    private func isSameOrigin(_ origin: String, host: String) -> Bool {
        let origin = origin.lowercased()
        return ["http://", "https://"].contains { origin == $0 + host.lowercased() }
    }

    /// Returns the host without port and brackets, in lower case.
    private static func name(of host: String) -> String {
        let host = host.lowercased()
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
            return String(host[host.index(after: host.startIndex)..<end])
        }
        return String(host.prefix { $0 != ":" })
    }
}
