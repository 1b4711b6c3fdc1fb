import PMJSON
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
        self.init(Array(asset.utf8).span)
    }

    package init?(_ asset: Span<UInt8>) {
        // The first byte of a position is 1, 2 or 3. So it has 75 or 76 digits, and most tokens need no conversion.
        guard 75...76 ~= asset.count, let limbs = Self.limbs(ofDecimal: asset),
            1...3 ~= limbs[3] >> 56, limbs[1] & 0xFF_FFFF_FFFF == 0
        else { return nil }
        let digits = stride(from: 3, through: 0, by: -1).map { index in
            let digits = String(limbs[index], radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
        let condition = ConditionID("0x" + digits.dropLast(2) + "00")
        guard let type = condition.marketType else { return nil }
        (self.condition, marketType) = (condition, type)
    }

    /// Returns a number in four parts of 64 bits, the least significant first; `nil` beyond 256 bits.
    private static func limbs(ofDecimal text: Span<UInt8>) -> InlineArray<4, UInt64>? {
        var limbs = InlineArray<4, UInt64>(repeating: 0)
        for offset in text.indices {
            guard text[offset].isDigit else { return nil }
            var carry = UInt64(text[offset] - 0x30)
            for index in 0..<4 {
                let (high, low) = limbs[index].multipliedFullWidth(by: 10)
                let (sum, overflows) = low.addingReportingOverflow(carry)
                (limbs[index], carry) = (sum, high + (overflows ? 1 : 0))
            }
            guard carry == 0 else { return nil }
        }
        return limbs
    }
}
