/// Decodes a JSON string, given the bytes between its quotes.
///
/// Escapes are resolved; a lone surrogate and an ill-formed byte become U+FFFD. The bytes must have passed
/// ``MemberIndex`` or ``validate(_:)``.
@usableFromInline
package func decodedJSONString(_ content: Span<UInt8>) -> String {
    let escape = content.index(of: Byte.backslash, from: 0)
    if escape == content.count {
        return content.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
    var units: [UInt8] = []
    units.append(decoding: content)
    return String(decoding: units, as: UTF8.self)
}

extension [UInt8] {
    /// Appends the UTF-8 of a JSON string, given the bytes between its quotes, under the conditions of
    /// ``decodedJSONString(_:)``.
    ///
    /// Copies eight bytes at a time, also past the next backslash, and then goes back to it: a recorded frame has a
    /// backslash every eight bytes, and copying byte by byte takes six times as long.
    package mutating func append(decoding content: Span<UInt8>) {
        let start = count
        append(addingCapacity: content.count + 8) { (room: inout OutputSpan<UInt8>) in
            room.withUnsafeMutableBufferPointer { memory, initialized in
                initialized += content.decode(into: UnsafeMutableRawPointer(memory.baseAddress!))
            }
        }
        assert(count - start <= content.count)
    }
}

extension Span<UInt8> {
    /// Decodes the escapes of a string's content into `memory`, which has room for eight bytes more than the content.
    /// Returns the number of bytes written.
    fileprivate func decode(into memory: UnsafeMutableRawPointer) -> Int {
        var (offset, written) = (0, 0)
        while offset < count {
            while offset &+ 8 <= count {
                let word = word(at: offset)
                memory.storeBytes(of: word.littleEndian, toByteOffset: written, as: UInt64.self)
                let plain = word.placeOf(Byte.backslash)
                offset &+= plain
                written &+= plain
                guard plain == 8 else { break }
            }
            guard offset < count else { break }
            let byte = self[unchecked: offset]
            guard byte == Byte.backslash, offset + 1 < count else {
                memory.storeBytes(of: byte, toByteOffset: written, as: UInt8.self)
                offset &+= 1
                written &+= 1
                continue
            }
            if self[unchecked: offset &+ 1] == UInt8(ascii: "u") {
                let (scalar, length) = escapedScalar(at: offset)
                for unit in UTF8.encode(scalar)! {
                    memory.storeBytes(of: unit, toByteOffset: written, as: UInt8.self)
                    written += 1
                }
                offset += length
                continue
            }
            memory.storeBytes(
                of: self[unchecked: offset &+ 1].escapedCharacter, toByteOffset: written, as: UInt8.self)
            offset &+= 2
            written &+= 1
        }
        return written
    }
}

extension UInt8 {
    /// The character that this letter means after a backslash.
    fileprivate var escapedCharacter: UInt8 {
        switch self {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: self
        }
    }
}

extension Span<UInt8> {
    /// Returns the four hex digits at `start` as a number.
    func hexQuad(at start: Int) -> UInt16? {
        guard start + 4 <= count else { return nil }
        var number: UInt16 = 0
        for offset in start..<start + 4 {
            let digit: UInt8
            switch self[offset] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = self[offset] - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = self[offset] - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = self[offset] - UInt8(ascii: "A") + 10
            default: return nil
            }
            number = number << 4 | UInt16(digit)
        }
        return number
    }

    /// Returns the scalar of `\uXXXX`, or of a pair of them, and the number of bytes it took.
    fileprivate func escapedScalar(at start: Int) -> (Unicode.Scalar, Int) {
        guard let high = hexQuad(at: start + 2) else { return ("\u{FFFD}", Swift.min(6, count - start)) }
        if let scalar = Unicode.Scalar(high) { return (scalar, 6) }
        if high < 0xDC00, start + 12 <= count, self[start + 6] == Byte.backslash,
            self[start + 7] == UInt8(ascii: "u"),
            let low = hexQuad(at: start + 8), 0xDC00...0xDFFF ~= low,
            let scalar = Unicode.Scalar(0x10000 + (UInt32(high) - 0xD800) << 10 + (UInt32(low) - 0xDC00))
        {
            return (scalar, 12)
        }
        return ("\u{FFFD}", 6)
    }
}
