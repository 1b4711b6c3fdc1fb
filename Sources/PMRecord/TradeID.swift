/// A trade's id as a number: the first 128 bits of the digest of its ``TradeIdentity``. In records, 32 hex digits.
extension UInt128 {
    /// - Parameter text: Up to 32 hex digits, in either case.
    /// - Returns: `nil` for any other text.
    package init?(tradeID text: String) {
        self.init(text, radix: 16)
    }

    /// 32 lower-case hex digits.
    package var tradeID: String {
        String(unsafeUninitializedCapacity: 32) { digits in
            for index in 0..<32 {
                let nibble = UInt8(truncatingIfNeeded: self >> (124 - 4 * index)) & 0xF
                digits.initializeElement(
                    at: index,
                    to: nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10)
            }
            return 32
        }
    }
}
