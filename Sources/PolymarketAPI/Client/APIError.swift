import PMJSON

/// An answer that cannot be used, and the reason.
package struct APIError: Error, CustomStringConvertible {
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
    package let description: String

    package init(_ description: String, _ kind: Kind = .form) {
        self.description = description
        self.kind = kind
    }

    /// An answer of another form.
    ///
    /// - Parameter problem: A clause such as `member "data" is missing`.
    package init(form problem: String, of route: Route) {
        self.init("\(route.rawValue): \(problem)")
    }

    /// An answer with an error status, in the service's own words where it has any.
    package init(status: Int, body: [UInt8], from route: Route) {
        let sentence = ServiceMessage(body).map { ": \($0.sentence)" } ?? ""
        self.init(
            "\(route.rawValue): HTTP \(status)\(sentence)",
            ServiceMessage.isWebPage(body) ? .webPage : .service)
    }
}

extension APIError: Equatable {
    /// Compares the sentences: the kind follows from them.
    package static func == (left: APIError, right: APIError) -> Bool { left.description == right.description }
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
        ? APIError("\(route.rawValue): the answer is a web page", .webPage)
        : APIError("\(route.rawValue): the answer is not JSON: \(error)", .notJSON)
}
