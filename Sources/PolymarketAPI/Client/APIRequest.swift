/// One request to a public service, without the service's address.
package struct APIRequest: Sendable, Hashable {
    package let route: Route
    /// The JSON to send with POST; empty for a GET.
    package let body: [UInt8]
    /// True if the service's cache would answer this URL with old rows: each request then needs a URL of
    /// its own.
    ///
    /// The changing parameter is no part of the request: it is added by ``APIBases/url(of:nonce:)``, so that
    /// two requests for the same rows are equal and a recorded answer is found again.
    package private(set) var bypassesCache = false
    /// The path and query of the URL, up to the list of ``items``.
    private let stem: String
    /// The requested ids, for example of tokens, encoded for the URL. Requests with the same stem can be sent as one.
    private let items: [String]
    private let separator: String
    private let mostItems: Int

    package init(_ route: Route, _ target: String, body: [UInt8] = [], bypassesCache: Bool = false) {
        self.init(route, stem: target, items: [], separator: "", mostItems: 1, body: body)
        self.bypassesCache = bypassesCache
    }

    /// The same request, to be answered past the service's cache.
    package var bypassingCache: APIRequest {
        var request = self
        request.bypassesCache = true
        return request
    }

    /// Makes a request for a list of things, which can be joined with others of the same stem.
    ///
    /// - Parameters:
    ///   - separator: The text between two items, as in `id=1&id=2` or `id=1,2`.
    ///   - mostItems: The number of things that the service takes in one request.
    init(_ route: Route, _ stem: String, items: [String], separator: String, mostItems: Int) {
        self.init(route, stem: stem, items: items, separator: separator, mostItems: mostItems, body: [])
    }

    private init(
        _ route: Route, stem: String, items: [String], separator: String, mostItems: Int, body: [UInt8]
    ) {
        self.route = route
        self.stem = stem
        self.items = items
        self.separator = separator
        self.mostItems = mostItems
        self.body = body
    }

    /// The path and query, beginning with `/`.
    package var target: String { stem + items.joined(separator: separator) }

    /// The requests that were joined into this one; the request itself when there is nothing to take apart.
    package var parts: [APIRequest] {
        items.count < 2
            ? [self]
            : items.map { item in
                var part = APIRequest(route, stem, items: [item], separator: separator, mostItems: mostItems)
                part.bypassesCache = bypassesCache
                return part
            }
    }

    /// Returns one request for the things of both; `nil` where they differ in kind or would be too many.
    package func joined(with other: APIRequest) -> APIRequest? {
        guard !items.isEmpty, !other.items.isEmpty, route == other.route, stem == other.stem,
            bypassesCache == other.bypassesCache,
            items.count + other.items.count <= mostItems
        else { return nil }
        var joined = APIRequest(
            route, stem, items: items + other.items, separator: separator, mostItems: mostItems)
        joined.bypassesCache = bypassesCache
        return joined
    }
}

extension APIRequest: CustomStringConvertible {
    /// The request as messages name it: the service and the target, `data /positions?user=0x…`.
    package var description: String { "\(route.host.rawValue) \(target)" }
}
