import Crypto
import Testing

struct Base64Tests {
    /// Source: RFC 4648, section 10.
    static let vectors = [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"),
        ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ]

    @Test(arguments: vectors)
    func matchesTheStandardBothWays(bytes: String, text: String) {
        #expect(base64(bytes.utf8) == text)
        #expect(base64Decoded(text) == Array(bytes.utf8))
    }

    @Test func restoresEveryByte() {
        let bytes = Array(0...UInt8.max)
        #expect(base64Decoded(base64(bytes)) == bytes)
    }

    @Test(arguments: [
        "Z", "Zg", "Zg=", "Zg===", "====", "Z===", "Zg==Zg==", "Zm 9", " Zg==", "Zg==\n", "Zm9-", "Zm9\0",
    ])
    func rejectsInvalidBase64(_ text: String) {
        #expect(base64Decoded(text) == nil)
    }
}
