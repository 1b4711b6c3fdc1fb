import PMJSON
import PMRecord

/// An amount of dollars or shares, or a price, in whole millionths.
///
/// Dollars have six decimals on the chain, so nothing is lost. Sums are exact.
package struct Micros: Sendable, Hashable, Comparable, AdditiveArithmetic {
    package let count: Int64

    package init(count: Int64) {
        self.count = count
    }

    package static let zero = Micros(count: 0)

    package static func < (left: Micros, right: Micros) -> Bool { left.count < right.count }

    /// Returns the sum, kept within the largest amount, 9 trillion.
    package static func + (left: Micros, right: Micros) -> Micros {
        let (sum, isOverflow) = left.count.addingReportingOverflow(right.count)
        return Micros(count: isOverflow ? (left.count < 0 ? .min : .max) : sum)
    }

    package static func - (left: Micros, right: Micros) -> Micros {
        let (rest, isOverflow) = left.count.subtractingReportingOverflow(right.count)
        return Micros(count: isOverflow ? (left.count < 0 ? .min : .max) : rest)
    }

    /// Returns the product of shares and dollars per share, rounded half away from zero.
    package static func * (left: Micros, right: Micros) -> Micros {
        let product = Int128(left.count) * Int128(right.count)
        return Micros(count: Int64(clamping: (product + (product < 0 ? -500_000 : 500_000)) / 1_000_000))
    }

    /// Returns the quotient; 0 for a divisor of 0.
    package static func ratio(_ dividend: Micros, _ divisor: Micros) -> Double {
        divisor.count == 0 ? 0 : Double(dividend.count) / Double(divisor.count)
    }
}

extension Micros: ExpressibleByIntegerLiteral {
    /// Whole dollars, or whole shares.
    package init(integerLiteral whole: Int64) {
        self.init(count: whole * 1_000_000)
    }
}

extension Micros {
    /// Rounds half-even to whole millionths; `nil` beyond 9 trillion.
    package init?(_ decimal: Decimal?) {
        guard let micros = decimal?.micros, let count = Int64(exactly: micros) else { return nil }
        self.init(count: count)
    }

    /// Reads a number, or text that holds one: the services send both.
    init?(_ json: JSON?) {
        guard let text = json?.numberText else { return nil }
        self.init(Decimal(text))
    }
}

extension Micros: CustomStringConvertible {
    /// The amount in plain digits, as in JSON.
    package var description: String { Decimal(micros: Int128(count)).description }
}
