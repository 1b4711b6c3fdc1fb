/// Checks that the bytes are one JSON value by RFC 8259, in valid UTF-8, at most 64 levels deep.
package func validate(_ text: Span<UInt8>) throws(JSONError) {
    var validator = Validator()
    let end = try validator.value(in: text, from: text.skippingSpace(from: 0))
    let rest = text.skippingSpace(from: end)
    guard rest == text.count else { throw JSONError(.trailingBytes, at: rest) }
}

/// Checks the value that the bytes begin with. Returns the offset after it.
package func endOfFirstValue(_ text: Span<UInt8>) throws(JSONError) -> Int {
    var validator = Validator()
    return try validator.value(in: text, from: text.skippingSpace(from: 0))
}

/// Walks one value without recursion, so that no input can exhaust the stack.
struct Validator {
    private var nesting: Nesting

    /// - Parameter levels: Containers around the value, which count as levels too.
    init(inside levels: Int = 0) {
        nesting = Nesting(most: Nesting.deepest - levels)
    }

    /// Checks the value that begins at `start`. Returns the index after its end.
    mutating func value(in text: Span<UInt8>, from start: Int) throws(JSONError) -> Int {
        var offset = start
        while true {
            guard offset < text.count else { throw JSONError(.unexpectedEnd, at: offset) }
            switch text[offset] {
            case Byte.openBrace:
                guard nesting.enter(.object) else { throw JSONError(.tooDeep, at: offset) }
                offset = text.skippingSpace(from: offset + 1)
                if offset < text.count, text[offset] == Byte.closeBrace {
                    _ = nesting.leave(.object)
                    offset += 1
                } else {
                    offset = try text.key(at: offset)
                    continue
                }
            case Byte.openBracket:
                guard nesting.enter(.array) else { throw JSONError(.tooDeep, at: offset) }
                offset = text.skippingSpace(from: offset + 1)
                if offset < text.count, text[offset] == Byte.closeBracket {
                    _ = nesting.leave(.array)
                    offset += 1
                } else {
                    continue
                }
            case Byte.quote:
                offset = try text.string(from: offset + 1)
            case UInt8(ascii: "t"):
                offset = try text.literal("true", at: offset)
            case UInt8(ascii: "f"):
                offset = try text.literal("false", at: offset)
            case UInt8(ascii: "n"):
                offset = try text.literal("null", at: offset)
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                offset = try text.number(at: offset)
            default:
                throw JSONError(.unexpectedByte, at: offset)
            }
            guard let next = try afterValue(in: text, at: offset) else { return closed }
            offset = next
        }
    }

    /// Index after the end of the outermost value.
    private var closed = 0

    /// Closes the containers that end here. Returns the index of the next value; `nil` after the outermost.
    private mutating func afterValue(in text: Span<UInt8>, at start: Int) throws(JSONError) -> Int? {
        var offset = start
        while let container = nesting.innermost {
            offset = text.skippingSpace(from: offset)
            guard offset < text.count else { throw JSONError(.unexpectedEnd, at: offset) }
            switch (text[offset], container) {
            case (Byte.comma, .array):
                return text.skippingSpace(from: offset + 1)
            case (Byte.comma, .object):
                return try text.key(at: text.skippingSpace(from: offset + 1))
            case (Byte.closeBracket, .array), (Byte.closeBrace, .object):
                _ = nesting.leave(container)
                offset += 1
            default:
                throw JSONError(.unexpectedByte, at: offset)
            }
        }
        closed = offset
        return nil
    }
}

extension Span<UInt8> {
    /// Checks `"key":` and returns the index of the value.
    fileprivate func key(at start: Int) throws(JSONError) -> Int {
        guard start < count else { throw JSONError(.unexpectedEnd, at: start) }
        guard self[start] == Byte.quote else { throw JSONError(.unexpectedByte, at: start) }
        let colon = skippingSpace(from: try string(from: start + 1))
        guard colon < count else { throw JSONError(.unexpectedEnd, at: colon) }
        guard self[colon] == Byte.colon else { throw JSONError(.unexpectedByte, at: colon) }
        return skippingSpace(from: colon + 1)
    }

    fileprivate func literal(_ word: StaticString, at start: Int) throws(JSONError) -> Int {
        let end = start + word.utf8CodeUnitCount
        guard end <= count, holds(word, at: start..<end) else { throw JSONError(.badLiteral, at: start) }
        return end
    }

    fileprivate func number(at start: Int) throws(JSONError) -> Int {
        var offset = start
        if self[offset] == UInt8(ascii: "-") { offset += 1 }
        let whole = offset
        offset = digits(from: offset)
        guard offset > whole, offset == whole + 1 || self[whole] != UInt8(ascii: "0") else {
            throw JSONError(.badNumber, at: start)
        }
        if offset < count, self[offset] == UInt8(ascii: ".") {
            let fraction = offset + 1
            offset = digits(from: fraction)
            guard offset > fraction else { throw JSONError(.badNumber, at: start) }
        }
        if offset < count, self[offset] | 0x20 == UInt8(ascii: "e") {
            offset += 1
            if offset < count, self[offset] == UInt8(ascii: "+") || self[offset] == UInt8(ascii: "-") {
                offset += 1
            }
            let exponent = offset
            offset = digits(from: exponent)
            guard offset > exponent else { throw JSONError(.badNumber, at: start) }
        }
        return offset
    }

    private func digits(from start: Int) -> Int {
        var offset = start
        while offset < count, self[unchecked: offset].isDigit { offset &+= 1 }
        return offset
    }

    /// Checks the string whose content begins at `start`. Returns the index after its closing quote.
    func string(from start: Int) throws(JSONError) -> Int {
        var offset = start
        while offset < count {
            // Eight bytes at a time up to the first that needs care: one byte at a time takes five times as long.
            while offset &+ 8 <= count {
                let ends = word(at: offset).endsOfPlainText
                offset &+= ends.trailingZeroBitCount &>> 3
                guard ends == 0 else { break }
            }
            guard offset < count else { break }
            let byte = self[unchecked: offset]
            if byte == Byte.quote { return offset + 1 }
            if byte == Byte.backslash {
                offset = try escape(at: offset)
            } else if byte < 0x20 {
                throw JSONError(.controlCharacter, at: offset)
            } else if byte < 0x80 {
                offset += 1
            } else {
                offset = try scalar(at: offset)
            }
        }
        throw JSONError(.unterminatedString, at: start - 1)
    }

    private func escape(at start: Int) throws(JSONError) -> Int {
        guard start + 1 < count else { throw JSONError(.badEscape, at: start) }
        switch self[start + 1] {
        case Byte.quote, Byte.backslash, UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return start + 2
        case UInt8(ascii: "u"):
            guard start + 6 <= count, hexQuad(at: start + 2) != nil else {
                throw JSONError(.badEscape, at: start)
            }
            return start + 6
        default:
            throw JSONError(.badEscape, at: start)
        }
    }

    /// Returns the index after one non-ASCII scalar, well-formed by table 3-7 of the Unicode standard.
    private func scalar(at start: Int) throws(JSONError) -> Int {
        let (length, second): (Int, ClosedRange<UInt8>) =
            switch self[start] {
            case 0xC2...0xDF: (2, 0x80...0xBF)
            case 0xE0: (3, 0xA0...0xBF)
            case 0xED: (3, 0x80...0x9F)
            case 0xE1...0xEF: (3, 0x80...0xBF)
            case 0xF0: (4, 0x90...0xBF)
            case 0xF1...0xF3: (4, 0x80...0xBF)
            case 0xF4: (4, 0x80...0x8F)
            default: (0, 0...0)
            }
        guard length > 0, start + length <= count, second ~= self[start + 1] else {
            throw JSONError(.badUTF8, at: start)
        }
        for offset in start + 2..<start + length where self[offset] & 0xC0 != 0x80 {
            throw JSONError(.badUTF8, at: start)
        }
        return start + length
    }
}
