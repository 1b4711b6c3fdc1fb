/// A JSON value as a tree, for answers that are read once, member by member.
///
/// Numbers keep their text, so that no digit is lost before their type is decided.
package enum JSON: Equatable, Sendable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSON])
    case object([(key: String, value: JSON)])

    /// Parses one value.
    ///
    /// - Throws: ``JSONError`` for anything that RFC 8259 does not allow, and beyond 64 levels.
    package init(_ text: Span<UInt8>) throws(JSONError) {
        try validate(text)
        var reader = TreeReader()
        self = reader.value(in: text)
    }

    package init(_ text: [UInt8]) throws(JSONError) {
        try self.init(text.span)
    }

    package init(_ text: String) throws(JSONError) {
        try self.init(Array(text.utf8))
    }

    /// Returns the first member with that name.
    package subscript(key: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The text, or `nil` if it is empty or this is no string.
    package var nonEmptyString: String? {
        string.flatMap { $0.isEmpty ? nil : $0 }
    }

    package var bool: Bool? {
        if case .bool(let flag) = self { flag } else { nil }
    }

    package var array: [JSON]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The digits of a number, or of a string that contains a number: the public feeds send both.
    package var numberText: String? {
        switch self {
        case .number(let text): text
        case .string(let text):
            text.utf8.allSatisfy(\.isPartOfNumber) && text.utf8.contains(where: \.isDigit) ? text : nil
        case .null, .bool, .array, .object: nil
        }
    }

    package var double: Double? { numberText.flatMap(Double.init) }

    package var integer: Int? {
        numberText.flatMap { Int($0) ?? Double($0).flatMap { Int(exactly: $0.rounded()) } }
    }

    package static func == (left: JSON, right: JSON) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.number(let a), .number(let b)), (.string(let a), .string(let b)): a == b
        case (.array(let a), .array(let b)): a == b
        case (.object(let a), .object(let b)): a.elementsEqual(b) { $0.key == $1.key && $0.value == $1.value }
        case (.null, _), (.bool, _), (.number, _), (.string, _), (.array, _), (.object, _): false
        }
    }
}

/// Builds the tree of a text that was validated, so that it cannot fail.
private struct TreeReader {
    private var offset = 0

    mutating func value(in text: Span<UInt8>) -> JSON {
        offset = text.skippingSpace(from: offset)
        switch text[offset] {
        case Byte.openBrace: return object(in: text)
        case Byte.openBracket: return array(in: text)
        case Byte.quote: return .string(string(in: text))
        case UInt8(ascii: "t"):
            offset += 4
            return .bool(true)
        case UInt8(ascii: "f"):
            offset += 5
            return .bool(false)
        case UInt8(ascii: "n"):
            offset += 4
            return .null
        default: return number(in: text)
        }
    }

    private mutating func object(in text: Span<UInt8>) -> JSON {
        var members: [(key: String, value: JSON)] = []
        offset = text.skippingSpace(from: offset + 1)
        while text[offset] != Byte.closeBrace {
            let key = string(in: text)
            offset = text.skippingSpace(from: offset) + 1
            members.append((key, value(in: text)))
            skipComma(in: text)
        }
        offset += 1
        return .object(members)
    }

    private mutating func array(in text: Span<UInt8>) -> JSON {
        var elements: [JSON] = []
        offset = text.skippingSpace(from: offset + 1)
        while text[offset] != Byte.closeBracket {
            elements.append(value(in: text))
            skipComma(in: text)
        }
        offset += 1
        return .array(elements)
    }

    private mutating func skipComma(in text: Span<UInt8>) {
        offset = text.skippingSpace(from: offset)
        if text[offset] == Byte.comma { offset = text.skippingSpace(from: offset + 1) }
    }

    private mutating func string(in text: Span<UInt8>) -> String {
        var end = text.index(of: Byte.quote, from: offset + 1)
        while text.isEscaped(end, from: offset + 1) { end = text.index(of: Byte.quote, from: end + 1) }
        defer { offset = end + 1 }
        return decodedJSONString(text.extracting(offset + 1..<end))
    }

    private mutating func number(in text: Span<UInt8>) -> JSON {
        let start = offset
        while offset < text.count, text[offset].isPartOfNumber { offset += 1 }
        return .number(
            text.extracting(start..<offset).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) })
    }
}

extension UInt8 {
    fileprivate var isPartOfNumber: Bool {
        isDigit || self == UInt8(ascii: ".") || self == UInt8(ascii: "-") || self == UInt8(ascii: "+")
            || self | 0x20 == UInt8(ascii: "e")
    }
}

extension Span<UInt8> {
    /// True if an odd number of backslashes precedes the byte at `offset`.
    fileprivate func isEscaped(_ offset: Int, from start: Int) -> Bool {
        var first = offset
        while first > start, self[first - 1] == Byte.backslash { first -= 1 }
        return !(offset - first).isMultiple(of: 2)
    }
}
