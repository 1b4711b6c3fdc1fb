/// Decodes a JSON string, given the bytes between its quotes.
///
/// Escapes are resolved; a lone surrogate and an ill-formed byte become U+FFFD. The bytes must have passed
/// ``MemberIndex`` or ``validate(_:)``.
package func decodedJSONString(_ content: Span<UInt8>) -> String {
    let escape = content.index(of: Byte.backslash, from: 0)
    if escape == content.count {
        return content.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
    var units: [UInt8] = []
    units.reserveCapacity(content.count)
    var offset = 0
    while offset < content.count {
        let byte = content[offset]
        guard byte == Byte.backslash, offset + 1 < content.count else {
            units.append(byte)
            offset += 1
            continue
        }
        switch content[offset + 1] {
        case UInt8(ascii: "b"): units.append(0x08)
        case UInt8(ascii: "f"): units.append(0x0C)
        case UInt8(ascii: "n"): units.append(0x0A)
        case UInt8(ascii: "r"): units.append(0x0D)
        case UInt8(ascii: "t"): units.append(0x09)
        case UInt8(ascii: "u"):
            let (scalar, length) = content.escapedScalar(at: offset)
            units.append(contentsOf: String(Character(scalar)).utf8)
            offset += length
            continue
        case let other: units.append(other)
        }
        offset += 2
    }
    return String(decoding: units, as: UTF8.self)
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
