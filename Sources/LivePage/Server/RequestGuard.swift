import Crypto
import PMRecord
import WebSockets

/// Decides whether a request is allowed, before the router sees it.
///
/// * `Host` must name this server. Otherwise another site's name that resolves to this machine would count as this
///   site in a browser (DNS rebinding).
/// * `Origin`, which browsers send with a WebSocket request, must be this site's (cross-site WebSocket hijacking).
///   Other clients send none.
/// * If there is a token, the request must carry it: as a bearer token, as the password of Basic authentication, which
///   a browser asks its user for, or as the ``SessionCookie`` that a browser gets in return.
struct RequestGuard {
    enum Verdict {
        case rejected(Response)
        /// - Parameter cookie: The value of a `Set-Cookie` header to add to the response, if any.
        case allowed(cookie: String?)
    }

    private let address: ListenAddress
    private let token: String?
    private let origin: PublicOrigin?

    /// - Parameter origin: The address of the proxy in front of the page, if there is one.
    init(address: ListenAddress, token: String?, origin: PublicOrigin?) {
        self.address = address
        self.token = token
        self.origin = origin
    }

    func verdict(on request: Request, at now: Timestamp) -> Verdict {
        // Beyond loopback the server's names are unknown here; the token protects it there.
        guard let host = request.headers["host"],
            !address.isLoopback || ownNames.contains(Self.name(of: host))
        else {
            return .rejected(.secured(403, "unknown host name\n"))
        }
        if let sender = request.headers["origin"], !isOwnOrigin(sender, host: host) {
            return .rejected(.secured(403, "cross-origin request\n"))
        }
        guard let token else { return .allowed(cookie: nil) }
        let cookie = SessionCookie(token: token)
        if let left = cookie.timeLeft(in: request.headers["cookie"], at: now) {
            return .allowed(
                cookie: cookie.isAging(left) ? cookie.header(at: now, isSecure: isOverTLS(request)) : nil)
        }
        switch credentials(of: request) {
        case .bearer(let word) where areEqualInConstantTime(word.utf8, token.utf8):
            return .allowed(cookie: nil)
        case .password(let bytes) where areEqualInConstantTime(bytes, token.utf8):
            return .allowed(cookie: cookie.header(at: now, isSecure: isOverTLS(request)))
        case .bearer, .password, .none:
            var response = Response.secured(401, "a token is required\n")
            response.headers.append(("WWW-Authenticate", "Basic realm=\"pm-alert\", charset=\"UTF-8\""))
            return .rejected(response)
        }
    }

    private enum Credentials {
        case none
        case bearer(Substring)
        case password([UInt8])
    }

    /// Source: RFC 6750, section 2.1, and RFC 7617, section 2.
    private func credentials(of request: Request) -> Credentials {
        guard let words = request.headers["authorization"]?.split(separator: " ", maxSplits: 1),
            words.count == 2
        else { return .none }
        switch words[0].lowercased() {
        case "bearer": return .bearer(words[1])
        case "basic":
            guard let pair = base64Decoded(words[1]), let colon = pair.firstIndex(of: UInt8(ascii: ":"))
            else { return .none }
            return .password(Array(pair[(colon + 1)...]))
        default: return .none
        }
    }

    /// Returns true if the browser's connection uses TLS, which ends at a proxy.
    private func isOverTLS(_ request: Request) -> Bool {
        origin?.isSecure == true || request.headers["x-forwarded-proto"]?.lowercased() == "https"
    }

    private var ownNames: [String] {
        ["127.0.0.1", "::1", "localhost", address.host.lowercased()] + (origin.map { [$0.host] } ?? [])
    }

    private func isOwnOrigin(_ sender: String, host: String) -> Bool {
        let sender = sender.lowercased()
        return ["http://", "https://"].contains { sender == $0 + host.lowercased() } || sender == origin?.text
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
