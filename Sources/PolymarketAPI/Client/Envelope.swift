import PMJSON

/// The rows of one list, still as bytes, and what the answer says about the next page.
package struct Envelope: Sendable {
    /// The form in which a service wraps its lists.
    package enum Form: Sendable {
        /// `[…]`, as Data API v1 and Gamma's older lists. `{"data":[…]}` is read too. Nothing says whether
        /// more follows.
        case array
        /// `{"data":[…],"pagination":{…}}`, as Data API v2; `data` is null when nothing was found.
        case paged
        /// `{"data":[…]}` of a route without pages.
        case whole
        /// `{"markets":[…],"next_cursor":…}`, as Gamma's keyset lists. Without `next_cursor` the page is the
        /// last.
        case keyset(JSONKey)
    }

    /// The service's statement about the next page.
    package enum Continuation: Sendable, Equatable {
        /// Nothing.
        case end
        /// More rows, at this cursor.
        case cursor(String)
        /// The answer does not say: the next page begins behind the rows received, and an empty one is the
        /// end.
        case unstated
        /// The members about the next page contradict each other.
        case contradiction(String)
    }

    package let rows: [Range<Int>]
    package let next: Continuation
    /// The page size that the service used, where it says so.
    package let limit: Int?

    package init(_ body: [UInt8], _ form: Form, from route: Route) throws(APIError) {
        do throws(JSONError) {
            try validate(body.span)
        } catch {
            throw notJSON(body, error, from: route)
        }
        let index = try? MemberIndex(body.span)
        switch form {
        case .array:
            let data = index?.value(of: "data", in: body.span)
            rows = try Self.rows(data ?? body.indices, of: body, named: data.map { _ in "data" }, from: route)
            (next, limit) = (rows.isEmpty ? .end : .unstated, nil)
        case .whole:
            rows = try Self.rows(
                index?.value(of: "data", in: body.span), of: body, named: "data", from: route)
            (next, limit) = (.end, nil)
        case .paged:
            rows = try Self.rows(
                index?.value(of: "data", in: body.span), of: body, named: "data", from: route)
            let pagination = index?.value(of: "pagination", in: body.span).flatMap {
                try? JSON(Array(body[$0]))
            }
            guard case .object? = pagination else {
                guard rows.isEmpty else {
                    throw APIError(.form, #"member "pagination" is missing or is not an object"#, from: route)
                }
                (next, limit) = (.end, nil)
                return
            }
            limit = pagination?["limit"]?.integer
            next = try Self.continuation(pagination!, from: route)
        case .keyset(let name):
            let member = name.name.description
            rows = try Self.rows(index?.value(of: name, in: body.span), of: body, named: member, from: route)
            let cursor = index?.value(of: "next_cursor", in: body.span).flatMap { try? JSON(Array(body[$0])) }
            next = cursor?.nonEmptyString.map { .cursor($0) } ?? .end
            limit = nil
        }
    }

    private static func rows(
        _ list: Range<Int>?, of body: [UInt8], named member: String?, from route: Route
    ) throws(APIError) -> [Range<Int>] {
        let name = member.map { "member \"\($0)\"" } ?? "answer"
        // An error that was sent with status 200 explains more than the form does.
        let sentence = ServiceMessage(body).map { ": \($0.sentence)" } ?? ""
        guard let list else { throw APIError(.form, "\(name) is missing\(sentence)", from: route) }
        if member != nil, body[list].elementsEqual("null".utf8) { return [] }
        do throws(JSONError) {
            return try elementRanges(of: body.span.extracting(list)).map {
                list.lowerBound + $0.lowerBound..<list.lowerBound + $0.upperBound
            }
        } catch {
            throw APIError(.form, "\(name) is not a list\(sentence)", from: route)
        }
    }

    private static func continuation(_ pagination: JSON, from route: Route) throws(APIError) -> Continuation {
        guard let hasMore = pagination["has_more"]?.bool else {
            throw APIError(
                .form, #"member "pagination.has_more" is missing or is not a boolean"#, from: route)
        }
        switch (hasMore, pagination["next_cursor"]?.nonEmptyString) {
        case (false, nil): return .end
        case (true, let cursor?): return .cursor(cursor)
        case (true, nil): return .contradiction("has_more is true, and there is no next_cursor")
        case (false, _?): return .contradiction("has_more is false, and there is a next_cursor")
        }
    }
}
