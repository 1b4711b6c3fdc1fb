import Glibc

// The functions of this file are `@inlinable`: they look at a few bytes, and a call from another module costs more than
// that. `package` alone does not let the compiler inline across modules.

/// The bytes that have a meaning in JSON.
@usableFromInline
package enum Byte {
    @inlinable package static var quote: UInt8 { UInt8(ascii: "\"") }
    @inlinable package static var backslash: UInt8 { UInt8(ascii: "\\") }
    @inlinable package static var comma: UInt8 { UInt8(ascii: ",") }
    @inlinable package static var colon: UInt8 { UInt8(ascii: ":") }
    @inlinable package static var openBrace: UInt8 { UInt8(ascii: "{") }
    @inlinable package static var closeBrace: UInt8 { UInt8(ascii: "}") }
    @inlinable package static var openBracket: UInt8 { UInt8(ascii: "[") }
    @inlinable package static var closeBracket: UInt8 { UInt8(ascii: "]") }
}

extension UInt8 {
    @inlinable
    @inline(__always)
    package var isJSONSpace: Bool {
        self <= 0x20 && (self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09)
    }

    @inlinable
    @inline(__always)
    package var isDigit: Bool { self &- 0x30 < 10 }
}

extension UInt64 {
    /// Returns the index, lowest byte first, of the first of eight bytes that equals `byte`; 8 if there is
    /// none.
    ///
    /// Source: Mycroft's test for a zero byte, 1987. Above the first such byte it may be wrong, below it
    /// never is.
    @inlinable
    @inline(__always)
    package func placeOf(_ byte: UInt8) -> Int {
        let difference = self ^ (0x0101_0101_0101_0101 &* UInt64(byte))
        let zeros = (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
        return zeros.trailingZeroBitCount &>> 3
    }

    /// Marks the bytes that end a run of plain text in a JSON string: quotes, backslashes, control characters and all
    /// that is not ASCII. The top bit of the first such byte is set, and those of the bytes before it are not; above it
    /// the marks may be wrong.
    @inlinable
    @inline(__always)
    package var endsOfPlainText: UInt64 {
        let controls = self &- 0x2020_2020_2020_2020
        let quotes = (self ^ 0x2222_2222_2222_2222) &- 0x0101_0101_0101_0101
        let backslashes = (self ^ 0x5C5C_5C5C_5C5C_5C5C) &- 0x0101_0101_0101_0101
        // The subtraction sets the top bit of a byte below 0x80 that is too small.
        return (self | controls | quotes | backslashes) & 0x8080_8080_8080_8080
    }

    /// True if any of the eight bytes is DEL, which our own writer escapes.
    @inlinable
    @inline(__always)
    package var hasDelete: Bool { placeOf(0x7F) < 8 }
}

extension Span<UInt8> {
    /// Returns the first index at or after `start` that holds `byte`; the count if there is none.
    ///
    /// `memchr(3)` compares sixteen or more bytes at once. It lets the scanner skip text at the speed of
    /// memory.
    @inlinable
    @inline(__always)
    package func index(of byte: UInt8, from start: Int) -> Int {
        withUnsafeBufferPointer { buffer in
            guard start < buffer.count, let base = buffer.baseAddress,
                let found = memchr(base + start, CInt(byte), buffer.count - start)
            else { return buffer.count }
            return UnsafeRawPointer(found) - UnsafeRawPointer(base)
        }
    }

    /// Returns the same index as ``index(of:from:)``, faster where the byte is likely to be near: the first sixteen
    /// bytes are compared without a call.
    @inlinable
    @inline(__always)
    package func nearIndex(of byte: UInt8, from start: Int) -> Int {
        guard start &+ 16 <= count else { return index(of: byte, from: start) }
        let first = word(at: start).placeOf(byte)
        if first < 8 { return start &+ first }
        let second = word(at: start &+ 8).placeOf(byte)
        if second < 8 { return start &+ 8 &+ second }
        return index(of: byte, from: start &+ 16)
    }

    /// Returns eight bytes as a number, the first one lowest.
    ///
    /// - Precondition: `0 <= offset` and `offset + 8 <= count`.
    @inlinable
    @inline(__always)
    package func word(at offset: Int) -> UInt64 {
        bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self).littleEndian
    }

    /// True if all bytes are white space.
    package var isBlank: Bool { skippingSpace(from: 0) == count }

    /// True if the bytes are printable ASCII without quotes and backslashes: text that is the same inside a JSON string
    /// and outside, and that our own writer leaves as it is.
    @inlinable
    package var isPlainText: Bool {
        var offset = 0
        while offset &+ 8 <= count {
            let word = word(at: offset)
            guard word.endsOfPlainText == 0, !word.hasDelete else { return false }
            offset &+= 8
        }
        while offset < count {
            let byte = self[unchecked: offset]
            guard 0x20...0x7E ~= byte, byte != Byte.quote, byte != Byte.backslash else { return false }
            offset &+= 1
        }
        return true
    }

    /// Returns the index of the first byte at or after `start` that is not white space.
    @inlinable
    @inline(__always)
    package func skippingSpace(from start: Int) -> Int {
        var offset = start
        while offset < count, self[unchecked: offset].isJSONSpace { offset += 1 }
        return offset
    }

    /// Returns the index of the quote that ends the string whose content begins at `start`.
    @inline(__always)
    func closingQuote(from start: Int) throws(JSONError) -> Int {
        let offset = index(of: Byte.quote, from: start)
        if offset < count, self[unchecked: offset &- 1] != Byte.backslash { return offset }
        return try closingQuote(from: start, startingAt: offset)
    }

    /// Returns the same index as ``closingQuote(from:)``, faster where the string is likely to be short.
    @inline(__always)
    func nearClosingQuote(from start: Int) throws(JSONError) -> Int {
        let offset = nearIndex(of: Byte.quote, from: start)
        if offset < count, self[unchecked: offset &- 1] != Byte.backslash { return offset }
        return try closingQuote(from: start, startingAt: offset)
    }

    /// Returns the same where the first quote is at `first` and may be escaped.
    @inline(never)
    private func closingQuote(from start: Int, startingAt first: Int) throws(JSONError) -> Int {
        var offset = first
        while offset < count {
            var run = offset
            while run > start, self[run - 1] == Byte.backslash { run -= 1 }
            if (offset - run).isMultiple(of: 2) { return offset }
            offset = index(of: Byte.quote, from: offset + 1)
        }
        throw JSONError(.unterminatedString, at: start - 1)
    }

    /// True if the bytes in `range` equal those of `text`.
    @inlinable
    @inline(__always)
    package func holds(_ text: StaticString, at range: Range<Int>) -> Bool {
        guard range.count == text.utf8CodeUnitCount, range.upperBound <= count else { return false }
        return withUnsafeBufferPointer { buffer in
            memcmp(buffer.baseAddress! + range.lowerBound, text.utf8Start, range.count) == 0
        }
    }
}
