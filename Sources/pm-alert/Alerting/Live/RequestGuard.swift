import Crypto
import WebSockets

/// Who is let in: decides on every request before anything else looks at it.
///
/// * A request must name us as its host, else a stranger's name that resolves to this machine would be us to a
///   browser (DNS rebinding).
/// * A browser's request for the stream must come from our own page (cross-site WebSocket hijacking); what is no
///   browser sends no `Origin`.
/// * Where there is a token, a request must have it: as a bearer's, or as the password that a browser asks for.
package struct RequestGuard: Sendable {
    private let address: LiveAddress
    private let token: String?

    package init(address: LiveAddress, token: String? = nil) {
        self.address = address
        self.token = token
    }

    /// Why a request is refused; `nil` when it is not.
    func objection(to request: Request) -> Response? {
        // Beyond this machine we have names that we do not know; the token stands guard there.
        guard let host = request.headers["host"], !address.isLoopback || names.contains(Self.name(of: host))
        else {
            return .guarded(403, "this server goes by another name\n")
        }
        if let origin = request.headers["origin"], !isOurs(origin, host: host) {
            return .guarded(403, "not for pages of other sites\n")
        }
        if let token, !isKnown(token, to: request) {
            var answer = Response.guarded(401, "a token is needed\n")
            answer.headers.append(("WWW-Authenticate", "Basic realm=\"pm-alert\", charset=\"UTF-8\""))
            return answer
        }
        return nil
    }

    /// Source: RFC 6750, section 2.1, and RFC 7617, section 2.
    private func isKnown(_ token: String, to request: Request) -> Bool {
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

    private var names: [String] { ["127.0.0.1", "::1", "localhost", address.host.lowercased()] }

    private func isOurs(_ origin: String, host: String) -> Bool {
        let origin = origin.lowercased()
        return ["http://", "https://"].contains { origin == $0 + host.lowercased() }
    }

    /// The host without its port and brackets, in lower case.
    private static func name(of host: String) -> String {
        let host = host.lowercased()
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
            return String(host[host.index(after: host.startIndex)..<end])
        }
        return String(host.prefix { $0 != ":" })
    }
}
