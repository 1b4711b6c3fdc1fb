/// The public services that are asked.
package enum APIHost: String, Sendable, CaseIterable {
    case gamma, data, clob, polygon
}

/// One question to a public service: everything but where that service is.
package struct APIRequest: Sendable, Hashable {
    package let route: Route
    /// Sent with POST, as JSON; asked with GET when empty.
    package let body: [UInt8]
    /// What the target begins with.
    private let stem: String
    /// What is asked for, each a parameter of the query, where several such questions may be asked as one; the answer
    /// to all of them then is the answer to each.
    private let items: [String]

    package init(_ route: Route, _ target: String, body: [UInt8] = []) {
        self.init(route, stem: target, items: [], body: body)
    }

    /// A question for one thing, which may be asked together with others of the same stem.
    init(_ route: Route, _ stem: String, item: String) {
        self.init(route, stem: stem, items: [item], body: [])
    }

    private init(_ route: Route, stem: String, items: [String], body: [UInt8]) {
        self.route = route
        self.stem = stem
        self.items = items
        self.body = body
    }

    /// Path and query, beginning with `/`.
    package var target: String { stem + items.joined() }

    /// The questions that it is made of: itself, unless it was joined.
    package var parts: [APIRequest] {
        items.count < 2 ? [self] : items.map { APIRequest(route, stem, item: $0) }
    }

    /// Both as one question; `nil` where they cannot be, or would be too many.
    package func joined(with other: APIRequest) -> APIRequest? {
        guard !items.isEmpty, !other.items.isEmpty, route == other.route, stem == other.stem,
            items.count + other.items.count <= route.mostAtOnce
        else { return nil }
        return APIRequest(route, stem: stem, items: items + other.items, body: [])
    }
}

extension APIRequest: CustomStringConvertible {
    /// As it is named in messages: the service and the target, `data /positions?user=0x…`.
    package var description: String { "\(route.host.rawValue) \(target)" }
}
