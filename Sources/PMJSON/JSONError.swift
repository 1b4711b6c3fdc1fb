/// The reason why bytes are not the expected JSON, and where.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    package enum Reason: String, Sendable {
        case notAnObject = "not a JSON object"
        case unexpectedByte = "unexpected byte"
        case unexpectedEnd = "unexpected end"
        case unterminatedString = "unterminated string"
        case controlCharacter = "control character in a string"
        case badEscape = "bad escape"
        case badUTF8 = "invalid UTF-8"
        case badNumber = "malformed number"
        case badLiteral = "malformed literal"
        case tooDeep = "nested deeper than 64 levels"
        case repeatedKey = "key given twice"
        case trailingBytes = "data after the end of the value"
    }

    package let reason: Reason
    /// Offset in bytes from the start of the line, counted from 0.
    package let offset: Int

    package init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    package var description: String { "\(reason.rawValue) at byte \(offset)" }
}
