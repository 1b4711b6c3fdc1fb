/// The query of a URL, percent-encoded: `"?limit=10&user=0xabc"`.
package struct URLQuery: CustomStringConvertible, Sendable, ExpressibleByDictionaryLiteral {
    /// The text to append to a path: empty, or `?` and the parameters.
    package private(set) var description = ""

    package init(dictionaryLiteral parameters: (String, String)...) {
        for (name, value) in parameters { append(name, value) }
    }

    /// Appends a parameter. A name may occur more than once: that is how the Gamma API takes lists.
    package mutating func append(_ name: String, _ value: String) {
        description += description.isEmpty ? "?" : "&"
        description += percentEncoded(name) + "=" + percentEncoded(value)
    }
}

/// Percent-encodes all characters except letters, digits and `-._~`, so that the text is literal anywhere in
/// a URL.
///
/// Source: RFC 3986, section 2.3, "Unreserved Characters".
package func percentEncoded(_ text: some StringProtocol) -> String {
    var encoded: [UInt8] = []
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            encoded.append(byte)
        default:
            encoded += [UInt8(ascii: "%"), digit(byte >> 4), digit(byte & 0xF)]
        }
    }
    return String(decoding: encoded, as: UTF8.self)
}

private func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
}
