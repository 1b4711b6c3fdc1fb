import PMJSON

/// A read with one answer that is not a list.
package protocol SingleRead: Sendable {
    associatedtype Value: Sendable

    var request: APIRequest { get }

    func reading(of answer: [UInt8]) throws(APIError) -> Reading<Value>
}

/// One value from an answer.
package struct Reading<Value: Sendable>: Sendable {
    /// `nil` when the service says that there is nothing, as for a wallet it does not know.
    package let value: Value?
    package let drift: DriftObservation
}

extension Reading {
    /// Reads `{"data":{…}}`. A null says that there is nothing.
    init(
        in answer: [UInt8], from route: Route, _ members: MemberList,
        _ read: (RowReader) throws(RowProblem) -> Value?
    ) throws(APIError) {
        let json = try tree(answer, from: route)
        guard let data = json["data"] else {
            let sentence = ServiceMessage(answer).map { ": \($0.sentence)" } ?? ""
            throw APIError(.form, "member \"data\" is missing\(sentence)", from: route)
        }
        try self.init(data, named: #"member "data""#, from: route, members, read)
    }

    /// Reads an object, or null.
    init(
        _ data: JSON, named name: String, from route: Route, _ members: MemberList,
        _ read: (RowReader) throws(RowProblem) -> Value?
    ) throws(APIError) {
        var drift = DriftObservation()
        switch data {
        case .null: value = nil
        case .object:
            drift.compare(data, with: members)
            do throws(RowProblem) {
                value = try read(RowReader(data))
            } catch {
                throw APIError(.form, "in \(name), \(error)", from: route)
            }
        case .bool, .number, .string, .array: throw APIError(.form, "\(name) is not an object", from: route)
        }
        self.drift = drift
    }
}

/// Reads the first element of a version 1 answer, `[{…}]` or `{…}`; an empty list says that there is nothing.
func firstElement(_ answer: [UInt8], from route: Route) throws(APIError) -> JSON {
    let json = try tree(answer, from: route)
    guard let list = json.array else { return json }
    return list.first ?? .null
}
