/// The bytes as hex digits, two lower-case digits each.
package func hexadecimal(_ bytes: Span<UInt8>) -> String {
    String(unsafeUninitializedCapacity: bytes.count * 2) { text in
        for index in bytes.indices {
            text[index * 2] = digit(bytes[index] >> 4)
            text[index * 2 + 1] = digit(bytes[index] & 0xF)
        }
        return bytes.count * 2
    }
}

/// The bytes as hex digits, two lower-case digits each.
package func hexadecimal(_ bytes: some Collection<UInt8>) -> String {
    withRawBytes(of: bytes) { hexadecimal($0.bindMemory(to: UInt8.self).span) }
}

/// Appends two lower-case hex digits for each byte, as UTF-8.
package func appendHexadecimal(_ bytes: Span<UInt8>, to text: inout [UInt8]) {
    for index in bytes.indices {
        text.append(digit(bytes[index] >> 4))
        text.append(digit(bytes[index] & 0xF))
    }
}

private func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}
