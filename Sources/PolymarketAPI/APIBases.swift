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

    /// The request's whole URL; `nil` when its service has no place.
    package func url(of request: APIRequest) -> String? {
        let base: String? =
            switch request.route.host {
            case .gamma: gamma
            case .data: data
            case .clob: clob
            case .polygon: polygon
            }
        guard let base else { return nil }
        // Such an endpoint is one URL, perhaps with a key in it.
        if request.route.host == .polygon { return base }
        return (base.hasSuffix("/") ? String(base.dropLast()) : base) + request.target
    }
}
