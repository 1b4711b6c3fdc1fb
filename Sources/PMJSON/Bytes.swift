import Glibc

/// The bytes JSON gives a meaning to.
enum Byte {
    static let quote = UInt8(ascii: "\"")
    static let backslash = UInt8(ascii: "\\")
    static let comma = UInt8(ascii: ",")
    static let colon = UInt8(ascii: ":")
    static let openBrace = UInt8(ascii: "{")
    static let closeBrace = UInt8(ascii: "}")
    static let openBracket = UInt8(ascii: "[")
    static let closeBracket = UInt8(ascii: "]")
}

extension UInt8 {
    @inline(__always)
    var isJSONSpace: Bool { self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09 }

    @inline(__always)
    package var isDigit: Bool { self &- 0x30 < 10 }
}

extension Span<UInt8> {
    /// The first place at or after `start` that holds `byte`; the span's count where none does.
    ///
    /// `memchr(3)` looks at sixteen or more bytes at once, which is what lets the scanner skip text at the
    /// speed of memory.
    @inline(__always)
    package func index(of byte: UInt8, from start: Int) -> Int {
        withUnsafeBufferPointer { buffer in
            guard start < buffer.count, let base = buffer.baseAddress,
                let found = memchr(base + start, CInt(byte), buffer.count - start)
            else { return buffer.count }
            return UnsafeRawPointer(found) - UnsafeRawPointer(base)
        }
    }

    /// The place of the first byte at or after `start` that is not white space.
    @inline(__always)
    func skippingSpace(from start: Int) -> Int {
        var place = start
        while place < count, self[unchecked: place].isJSONSpace { place += 1 }
        return place
    }

    /// The place of the quote that ends the string whose content begins at `start`.
    @inline(__always)
    func closingQuote(from start: Int) throws(JSONError) -> Int {
        var place = index(of: Byte.quote, from: start)
        while place < count {
            if place == start || self[place - 1] != Byte.backslash { return place }
            var first = place - 1
            while first > start, self[first - 1] == Byte.backslash { first -= 1 }
            if (place - first).isMultiple(of: 2) { return place }
            place = index(of: Byte.quote, from: place + 1)
        }
        throw JSONError(.unterminatedString, at: start - 1)
    }

    /// Whether the bytes in `range` are those of `text`.
    @inline(__always)
    package func holds(_ text: StaticString, at range: Range<Int>) -> Bool {
        guard range.count == text.utf8CodeUnitCount, range.upperBound <= count else { return false }
        return withUnsafeBufferPointer { buffer in
            memcmp(buffer.baseAddress! + range.lowerBound, text.utf8Start, range.count) == 0
        }
    }
}
