/// Returns two lower-case hex digits for each byte.
package func hexadecimal(_ bytes: Span<UInt8>) -> String {
    String(unsafeUninitializedCapacity: bytes.count * 2) { text in
        for index in bytes.indices {
            text[index * 2] = digit(bytes[index] >> 4)
            text[index * 2 + 1] = digit(bytes[index] & 0xF)
        }
        return bytes.count * 2
    }
}

/// Returns two lower-case hex digits for each byte.
package func hexadecimal(_ bytes: some Collection<UInt8>) -> String {
    withRawBytes(of: bytes) { hexadecimal($0.bindMemory(to: UInt8.self).span) }
}

private func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}
