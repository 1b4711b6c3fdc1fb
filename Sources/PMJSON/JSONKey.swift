/// A member's name, with a number that tells most names apart at once.
package struct JSONKey: Sendable, ExpressibleByStringLiteral {
    package let name: StaticString
    let signature: Signature

    package init(stringLiteral name: StaticString) {
        self.name = name
        signature = name.withUTF8Buffer { Signature(of: $0.span, at: 0..<$0.count) }
    }

    /// The last eight bytes of a name, and its length.
    struct Signature: Sendable, Equatable {
        private let tail: UInt64
        private let length: Int

        @inline(__always)
        init(of bytes: Span<UInt8>, at range: Range<Int>) {
            length = range.count
            if range.upperBound >= 8 {
                let last = bytes.bytes.unsafeLoadUnaligned(
                    fromByteOffset: range.upperBound - 8, as: UInt64.self)
                tail = last.littleEndian >> UInt64(8 * max(0, 8 - length))
            } else {
                var gathered: UInt64 = 0
                for place in range {
                    gathered |= UInt64(bytes[place]) << UInt64(8 * (place - range.lowerBound))
                }
                tail = gathered
            }
        }
    }
}
