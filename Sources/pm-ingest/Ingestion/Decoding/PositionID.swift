import PMRecord

/// The id of a Protocol V2 or combo position, which contains the id of its market. CTF tokens have hashes instead.
///
/// Source: docs/POLYMARKET.md, "Identifiers".
package struct PositionID {
    /// The market's id: the position with the byte of the outcome cleared.
    package let condition: ConditionID
    package let marketType: MarketType

    /// - Parameter asset: An asset id in decimal digits.
    /// - Returns: `nil` for a CTF token.
    package init?(_ asset: String) {
        // The first byte of a position is 1, 2 or 3. So it has 75 or 76 digits, and most tokens need no conversion.
        guard 75...76 ~= asset.utf8.count, let digits = Self.hexDigits(ofDecimal: asset) else { return nil }
        let condition = ConditionID("0x" + digits.dropLast(2) + "00")
        guard let type = condition.marketType else { return nil }
        (self.condition, marketType) = (condition, type)
    }

    /// Returns a number as 64 hex digits; `nil` beyond 256 bits.
    private static func hexDigits(ofDecimal text: String) -> String? {
        var limbs = [UInt64](repeating: 0, count: 4)  // the least significant first
        for byte in text.utf8 {
            guard 0x30...0x39 ~= byte else { return nil }
            var carry = UInt64(byte - 0x30)
            for index in limbs.indices {
                let (high, low) = limbs[index].multipliedFullWidth(by: 10)
                let (sum, overflows) = low.addingReportingOverflow(carry)
                (limbs[index], carry) = (sum, high + (overflows ? 1 : 0))
            }
            guard carry == 0 else { return nil }
        }
        return limbs.reversed().map { limb in
            let digits = String(limb, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
