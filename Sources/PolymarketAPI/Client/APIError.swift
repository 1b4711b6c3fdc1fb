import PMJSON

/// An answer that cannot be used, and the reason.
package struct APIError: Error, Equatable, CustomStringConvertible {
    package enum Kind: Sendable {
        /// The body is not JSON.
        case notJSON
        /// The body is a web page, as a CDN sends it. One such page says nothing about the route.
        case webPage
        /// The JSON has another form than the service documents.
        case form
        /// The service answered with an error.
        case service
        /// A node does not serve the range of blocks that was asked for: ask for a smaller or a later one.
        case blockRange
    }

    package let kind: Kind
    package let route: Route
    /// The reason without the route: `member "data" is missing`.
    package let reason: String

    package init(_ kind: Kind, _ reason: String, from route: Route) {
        self.kind = kind
        self.route = route
        self.reason = reason
    }

    /// An answer with an error status, in the service's own words where it has any.
    package init(status: Int, body: [UInt8], from route: Route) {
        let sentence = ServiceMessage(body).map { ": \($0.sentence)" } ?? ""
        self.init(
            ServiceMessage.isWebPage(body) ? .webPage : .service, "HTTP \(status)\(sentence)", from: route)
    }

    /// The route and the reason.
    package var description: String { "\(route.rawValue): \(reason)" }
}

/// Reads an answer as a tree.
func tree(_ body: [UInt8], from route: Route) throws(APIError) -> JSON {
    do throws(JSONError) {
        return try JSON(body)
    } catch {
        throw notJSON(body, error, from: route)
    }
}

/// Returns the error for a body that is not JSON.
func notJSON(_ body: [UInt8], _ error: JSONError, from route: Route) -> APIError {
    ServiceMessage.isWebPage(body)
        ? APIError(.webPage, "answer is a web page", from: route)
        : APIError(.notJSON, "answer is not JSON: \(error)", from: route)
}
