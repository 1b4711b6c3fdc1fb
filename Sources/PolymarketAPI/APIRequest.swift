/// The public services that are asked.
package enum APIHost: String, Sendable, CaseIterable {
    case gamma, data, clob, polygon
}

/// One question to a public service: everything but where that service is.
package struct APIRequest: Sendable, Hashable {
    package let route: Route
    /// Path and query, beginning with `/`.
    package let target: String
    /// Sent with POST, as JSON; asked with GET when empty.
    package let body: [UInt8]

    package init(_ route: Route, _ target: String, body: [UInt8] = []) {
        self.route = route
        self.target = target
        self.body = body
    }
}

extension APIRequest: CustomStringConvertible {
    /// As it is named in messages: the service and the target, `data /positions?user=0x…`.
    package var description: String { "\(route.host.rawValue) \(target)" }
}
