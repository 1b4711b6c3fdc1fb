/// Where each service is.
package struct APIBases: Sendable {
    package var gamma: String
    package var data: String
    package var clob: String
    /// A JSON-RPC endpoint of the user's choice.
    package var polygon: String?

    package init(
        gamma: String = "https://gamma-api.polymarket.com", data: String = "https://data-api.polymarket.com",
        clob: String = "https://clob.polymarket.com", polygon: String? = nil
    ) {
        self.gamma = gamma
        self.data = data
        self.clob = clob
        self.polygon = polygon
    }

    /// Where that service is: its host's name or address, and its port where it is told.
    package func authority(of host: APIHost) -> String? {
        guard let base = base(of: host), let scheme = base.firstRange(of: "://") else { return nil }
        let authority = base[scheme.upperBound...].prefix { !"/?#".contains($0) }
        // What stands before an "@" may be a password.
        return authority.split(separator: "@").last?.lowercased()
    }

    /// The request's whole URL; `nil` when its service has no place.
    package func url(of request: APIRequest) -> String? {
        guard let base = base(of: request.route.host) else { return nil }
        // Such an endpoint is one URL, perhaps with a key in it.
        if request.route.host == .polygon { return base }
        return (base.hasSuffix("/") ? String(base.dropLast()) : base) + request.target
    }

    private func base(of host: APIHost) -> String? {
        switch host {
        case .gamma: gamma
        case .data: data
        case .clob: clob
        case .polygon: polygon
        }
    }
}
