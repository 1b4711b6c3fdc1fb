import WebSockets

/// Who is let in: decides on every request before anything else looks at it.
///
/// * A request must name us as its host, else a stranger's name that resolves to this machine would be us to a
///   browser (DNS rebinding).
/// * A browser's request for the stream must come from our own page (cross-site WebSocket hijacking); what is no
///   browser sends no `Origin`.
struct Doorman: Sendable {
    let address: LiveAddress

    /// Why a request is refused; `nil` when it is not.
    func objection(to request: Request) -> Response? {
        guard let host = request.headers["host"], names.contains(Self.name(of: host)) else {
            return .guarded(403, "this server goes by another name\n")
        }
        if let origin = request.headers["origin"], !isOurs(origin, host: host) {
            return .guarded(403, "not for pages of other sites\n")
        }
        return nil
    }

    private var names: [String] {
        let bound = address.host.lowercased()
        return address.isLoopback ? ["127.0.0.1", "::1", "localhost", bound] : [bound]
    }

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
