import CCrypto

/// Returns the Base 64 form (RFC 4648, section 4): the usual alphabet, padded, on one line.
///
/// The corresponding C function is `EVP_EncodeBlock`.
package func base64(_ bytes: some Collection<UInt8>) -> String {
    withRawBytes(of: bytes) { bytes in
        // EVP_EncodeBlock ends its text with a NUL, which needs room too.
        String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4 + 1) { text in
            Int(
                EVP_EncodeBlock(
                    text.baseAddress, bytes.bindMemory(to: UInt8.self).baseAddress, CInt(bytes.count)))
        }
    }
}

/// Decodes Base 64; `nil` unless `text` is Base 64 with its padding.
///
/// The corresponding C function is `EVP_DecodeBlock`.
package func base64Decoded(_ text: some StringProtocol) -> [UInt8]? {
    let text = Array(text.utf8)
    // EVP_DecodeBlock accepts white space around the text, and takes `=` anywhere as six zero bits.
    let padding = text.reversed().prefix { $0 == UInt8(ascii: "=") }.count
    guard text.count.isMultiple(of: 4), padding <= 2, text.dropLast(padding).allSatisfy(isDigit) else {
        return nil
    }
    var bytes = [UInt8](repeating: 0, count: text.count / 4 * 3)
    guard EVP_DecodeBlock(&bytes, text, CInt(text.count)) >= 0 else { return nil }
    return bytes.dropLast(padding)
}

private func isDigit(_ character: UInt8) -> Bool {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
        true
    default:
        false
    }
}
