/// The base URL of each service.
package struct APIBases: Sendable {
    package var gamma: String
    package var data: String
    package var clob: String
    /// JSON-RPC endpoints of the user's choice; empty when the chain is not asked.
    package var polygonNodes: [String]

    package init(
        gamma: String = "https://gamma-api.polymarket.com", data: String = "https://data-api.polymarket.com",
        clob: String = "https://clob.polymarket.com", polygonNodes: [String] = []
    ) {
        self.gamma = gamma
        self.data = data
        self.clob = clob
        self.polygonNodes = polygonNodes
    }

    /// Returns the host name or address of a service, with the port where the URL has one, and without
    /// secrets.
    package func authority(of host: APIHost) -> String? {
        guard let base = base(of: host), let scheme = base.firstRange(of: "://") else { return nil }
        let authority = base[scheme.upperBound...].prefix { !"/?#".contains($0) }
        // The part before an "@" may be a password.
        return authority.split(separator: "@").last?.lowercased()
    }

    /// Returns the whole URL of a request.
    ///
    /// - Parameters:
    ///   - nonce: A text that differs from request to request, such as the time in nanoseconds. It is added as
    ///     parameter `_` to requests that have to pass the service's cache; see ``APIRequest/bypassesCache``.
    ///   - polygonNode: The index of the JSON-RPC endpoint to ask.
    /// - Returns: `nil` when no base URL is set for the service.
    package func url(of request: APIRequest, nonce: String? = nil, polygonNode: Int = 0) -> String? {
        guard let base = base(of: request.route.host, polygonNode: polygonNode) else { return nil }
        // A JSON-RPC endpoint is one URL, perhaps with a key in it.
        if request.route.host == .polygon { return base }
        let url = (base.hasSuffix("/") ? String(base.dropLast()) : base) + request.target
        guard request.bypassesCache, let nonce else { return url }
        return url + (request.target.contains("?") ? "&_=" : "?_=") + nonce
    }

    private func base(of host: APIHost, polygonNode: Int = 0) -> String? {
        switch host {
        case .gamma: gamma
        case .data: data
        case .clob: clob
        case .polygon: polygonNodes.indices.contains(polygonNode) ? polygonNodes[polygonNode] : nil
        }
    }
}
