import PMJSON
import PMRecord

/// Reads the members of one JSON object of an answer.
///
/// A member that is missing, null or of another type is `nil`: unknown, never zero. Empty text is unknown
/// too.
package struct RowReader {
    package let json: JSON

    package init(_ json: JSON) {
        self.json = json
    }

    package func text(_ name: String) -> String? { json[name]?.nonEmptyString }

    package func amount(_ name: String) -> Micros? { Micros(json[name]) }

    package func integer(_ name: String) -> Int? { json[name]?.integer }

    package func flag(_ name: String) -> Bool? { json[name]?.bool }

    /// An address or a hash, in lower case.
    package func hex(_ name: String) -> String? { text(name)?.lowercased() }

    package func condition(_ name: String) -> ConditionID? { text(name).map { ConditionID($0) } }

    /// The index of an outcome. The services write 999 for an outcome that they could not label, and some
    /// write −1.
    package func outcomeIndex(_ name: String) -> Int? {
        integer(name).flatMap { 0..<999 ~= $0 ? $0 : nil }
    }

    /// A time: a number of seconds, milliseconds or microseconds, the same as text, or RFC 3339. Zero means
    /// none.
    package func time(_ name: String) -> Timestamp? {
        guard let number = integer(name) else { return text(name).flatMap { Timestamp($0) } }
        let isMicroseconds = number >= 1_000_000_000_000_000
        return number == 0 ? nil : Timestamp(feedNumber: Int64(isMicroseconds ? number / 1000 : number))
    }

    /// A date such as `2026-10-08`. The services write `1970-01-01` for none.
    package func date(_ name: String) -> Timestamp? {
        time(name).flatMap { $0.milliseconds == 0 ? nil : $0 }
    }

    /// The elements of an array, or of a text that holds one: Gamma writes `"[\"Yes\", \"No\"]"`.
    package func list(_ name: String) -> [JSON] {
        if let text = json[name]?.string { return (try? JSON(text))?.array ?? [] }
        return json[name]?.array ?? []
    }

    package func text(required name: String) throws(RowProblem) -> String {
        try required(name, text(name))
    }

    package func hex(required name: String) throws(RowProblem) -> String {
        try required(name, hex(name))
    }

    package func amount(required name: String) throws(RowProblem) -> Micros {
        try required(name, amount(name))
    }

    package func integer(required name: String) throws(RowProblem) -> Int {
        try required(name, integer(name))
    }

    private func required<Value>(_ name: String, _ value: Value?) throws(RowProblem) -> Value {
        if let value { return value }
        guard case .object = json else { throw RowProblem("a row is not an object") }
        throw RowProblem(json[name] == nil ? "\(name) is missing" : "\(name) cannot be read")
    }
}

/// The reason why a row cannot be used.
package struct RowProblem: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
