import PMJSON

/// An answer that is not what the service documents.
package struct APIError: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// Reads an answer as a tree.
func tree(_ body: [UInt8]) throws(APIError) -> JSON {
    do throws(JSONError) {
        return try JSON(body)
    } catch {
        throw APIError("answer is no JSON: \(error)")
    }
}

/// Reads an answer that is a list, bare or, as in version 2, under `data`.
func list(_ body: [UInt8]) throws(APIError) -> [JSON] {
    let answer = try tree(body)
    guard let elements = answer.array ?? answer["data"]?.array else {
        throw APIError("answer is no list")
    }
    return elements
}
