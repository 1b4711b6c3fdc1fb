import Crypto

/// An id of an alert, a trade or a transaction, in 16 bytes.
///
/// Queues and tables hold up to a hundred thousand ids, and a `String` of 32 digits takes 80 bytes.
package struct CompactID: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64

    /// - Parameter text: 32 lower-case hex digits, or `0x` and 64 of them, whose halves are combined. Another text is
    ///   hashed.
    package init(_ text: String) {
        let bytes = text.utf8
        if bytes.count == 32, let value = Self.value(of: bytes[...]) {
            (high, low) = value
        } else if bytes.count == 66, text.hasPrefix("0x"),
            let first = Self.value(of: bytes.dropFirst(2).prefix(32)),
            let second = Self.value(of: bytes.suffix(32))
        {
            // A transaction's hash: as good as a hash of it.
            (high, low) = (first.0 ^ second.0, first.1 ^ second.1)
        } else {
            (high, low) = Self.value(of: sha256(bytes).hexadecimal.utf8.prefix(32))!
        }
    }

    private static func value(of digits: Substring.UTF8View) -> (UInt64, UInt64)? {
        var (high, low): (UInt64, UInt64) = (0, 0)
        for byte in digits {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            default: return nil
            }
            high = high << 4 | low >> 60
            low = low << 4 | UInt64(digit)
        }
        return (high, low)
    }
}

extension CompactID: CustomStringConvertible {
    package var description: String {
        [high, low].map { half in
            let digits = String(half, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
