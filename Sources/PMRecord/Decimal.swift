import PMJSON

/// An exact decimal number: a mantissa of at most 38 digits and a power of ten.
///
/// Prices and sizes never pass through binary floating point, so that exactly 1,000 dollars compare as 1,000
/// dollars.
package struct Decimal: Sendable {
    package let isNegative: Bool
    let mantissa: UInt128
    /// The value is mantissa × 10^exponent.
    let exponent: Int

    init(isNegative: Bool, mantissa: UInt128, exponent: Int) {
        self.isNegative = isNegative && mantissa != 0
        self.mantissa = mantissa
        self.exponent = mantissa == 0 ? 0 : exponent
    }

    /// Reads a number as JSON and the feeds write it: `.48` and `5.` are accepted too.
    ///
    /// - Returns: `nil` for anything else, for more than 38 significant digits, and for an exponent beyond
    ///   ±30.
    package init?(_ text: Span<UInt8>) {
        var offset = 0
        let isNegative = offset < text.count && text[offset] == UInt8(ascii: "-")
        if isNegative { offset += 1 }
        if let short = ShortNumber(text, from: offset) {
            self.init(isNegative: isNegative, mantissa: UInt128(short.mantissa), exponent: short.exponent)
            return
        }
        var digits = DigitReader()
        guard digits.read(text, from: &offset) else { return nil }
        self.init(isNegative: isNegative, mantissa: digits.mantissa, exponent: digits.exponent)
    }

    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        self.init(bytes.span)
    }

    /// Creates a number of millionths.
    package init(micros: Int128) {
        self.init(isNegative: micros < 0, mantissa: micros.magnitude, exponent: -6)
    }

    package static let zero = Decimal(isNegative: false, mantissa: 0, exponent: 0)

    /// Returns the product, rounded half-even to whole millionths; `nil` beyond 10^30 dollars.
    package static func productInMicros(_ left: Decimal, _ right: Decimal) -> Decimal? {
        let (small, overflows) = left.short.multipliedReportingOverflow(by: right.short)
        if !overflows, left.isShort, right.isShort {
            return rounded(
                small, exponent: left.exponent + right.exponent,
                isNegative: left.isNegative != right.isNegative)
        }
        let (high, low) = left.mantissa.multipliedFullWidth(by: right.mantissa)
        return rounded(
            high, low, exponent: left.exponent + right.exponent,
            isNegative: left.isNegative != right.isNegative)
    }

    /// The value rounded half-even to whole millionths; `nil` beyond 10^30.
    package var inMicros: Decimal? {
        isShort
            ? Self.rounded(short, exponent: exponent, isNegative: isNegative)
            : Self.rounded(0, mantissa, exponent: exponent, isNegative: isNegative)
    }

    /// Whole millionths of a number from ``inMicros`` or ``productInMicros(_:_:)``.
    package var micros: Int128? {
        guard let rounded = inMicros else { return nil }
        return isNegative ? -Int128(rounded.mantissa) : Int128(rounded.mantissa)
    }

    package var double: Double { Double(description) ?? 0 }

    /// True if the mantissa fits into 64 bits, as nearly all do.
    @inline(__always)
    private var isShort: Bool { mantissa <= UInt64.max }

    @inline(__always)
    private var short: UInt64 { UInt64(truncatingIfNeeded: mantissa) }

    /// Returns mantissa × 10^exponent as a number of millionths.
    private static func rounded(_ mantissa: UInt64, exponent: Int, isNegative: Bool) -> Decimal? {
        guard -24 ... -6 ~= exponent else {
            return rounded(0, UInt128(mantissa), exponent: exponent, isNegative: isNegative)
        }
        let divisor = shortPowers[-6 - exponent]
        let (quotient, rest) = mantissa.quotientAndRemainder(dividingBy: divisor)
        let half = divisor / 2
        let isUp = rest > half || rest == half && half > 0 && !quotient.isMultiple(of: 2)
        return Decimal(isNegative: isNegative, mantissa: UInt128(quotient) + (isUp ? 1 : 0), exponent: -6)
    }

    /// Returns the 256-bit number (high, low) × 10^exponent as a number of millionths.
    private static func rounded(_ high: UInt128, _ low: UInt128, exponent: Int, isNegative: Bool) -> Decimal?
    {
        var (high, low) = (high, low)
        var drop = -6 - exponent
        var sticky = false
        // Too long for one division: remove digits at the end, and remember if any was not zero.
        while drop > 0, high != 0 || drop > 37 {
            let step = min(drop - 1, 18)
            guard step > 0 else { break }
            let divisor = power(step)
            let (upper, carried) = high.quotientAndRemainder(dividingBy: divisor)
            let (lower, rest) = divisor.dividingFullWidth((carried, low))
            (high, low) = (upper, lower)
            sticky = sticky || rest != 0
            drop -= step
        }
        guard high == 0 || drop == 1 else { return nil }
        if drop > 0 {
            let divisor = power(drop)
            guard high < divisor else { return nil }
            let (quotient, rest) = divisor.dividingFullWidth((high, low))
            let half = divisor / 2
            let isUp = rest > half || rest == half && (sticky || !quotient.isMultiple(of: 2))
            let (rounded, overflow) = quotient.addingReportingOverflow(isUp ? 1 : 0)
            guard !overflow else { return nil }
            (high, low) = (0, rounded)
        } else if drop < 0, low != 0 {
            guard high == 0, -drop <= 36 else { return nil }
            let (product, overflow) = low.multipliedReportingOverflow(by: power(-drop))
            guard !overflow else { return nil }
            low = product
        }
        guard high == 0, low < power(36) else { return nil }
        return Decimal(isNegative: isNegative, mantissa: low, exponent: -6)
    }
}

extension Decimal: ExpressibleByIntegerLiteral {
    package init(integerLiteral value: Int) {
        self.init(isNegative: value < 0, mantissa: UInt128(value.magnitude), exponent: 0)
    }
}

extension Decimal: Comparable {
    package static func == (left: Decimal, right: Decimal) -> Bool {
        left.isNegative == right.isNegative && order(left, right) == 0
    }

    package static func < (left: Decimal, right: Decimal) -> Bool {
        switch (left.isNegative, right.isNegative) {
        case (true, false): true
        case (false, true): false
        case (false, false): order(left, right) < 0
        case (true, true): order(left, right) > 0
        }
    }

    /// Compares magnitudes: negative, zero or positive if the left is smaller, equal or larger.
    private static func order(_ left: Decimal, _ right: Decimal) -> Int {
        if left.mantissa == 0 || right.mantissa == 0 {
            return (left.mantissa == 0 ? 0 : 1) - (right.mantissa == 0 ? 0 : 1)
        }
        let shift = left.exponent - right.exponent
        if left.isShort, right.isShort, -19...19 ~= shift {
            let a = left.short.multipliedFullWidth(by: shortPowers[max(shift, 0)])
            let b = right.short.multipliedFullWidth(by: shortPowers[max(-shift, 0)])
            return a == b ? 0 : a < b ? -1 : 1
        }
        let (leftSize, rightSize) = (left.exponent + left.digitCount, right.exponent + right.digitCount)
        guard leftSize == rightSize else { return leftSize < rightSize ? -1 : 1 }
        // The magnitudes are equal, so the exponents differ by fewer digits than a mantissa has.
        let a = left.mantissa.multipliedFullWidth(by: power(max(shift, 0)))
        let b = right.mantissa.multipliedFullWidth(by: power(max(-shift, 0)))
        return a == b ? 0 : a < b ? -1 : 1
    }

    private var digitCount: Int {
        var count = 1
        while count < 39, mantissa >= power(count) { count += 1 }
        return count
    }
}

extension Decimal: CustomStringConvertible {
    /// The digits without exponent and without trailing zeros of the fraction.
    package var description: String {
        var text: [UInt8] = []
        text.append(self)
        return String(decoding: text, as: UTF8.self)
    }
}

extension [UInt8] {
    /// Appends the digits of a number, without exponent and without trailing zeros of the fraction.
    package mutating func append(_ number: Decimal) {
        if number.isNegative { append(UInt8(ascii: "-")) }
        guard number.exponent < 0 else {
            append(digitsOf: Int128(number.mantissa))
            if number.mantissa != 0 {
                append(contentsOf: repeatElement(UInt8(ascii: "0"), count: number.exponent))
            }
            return
        }
        let (whole, fraction) =
            number.exponent < -38
            ? (0, number.mantissa) : number.mantissa.quotientAndRemainder(dividingBy: power(-number.exponent))
        append(digitsOf: Int128(whole))
        guard fraction != 0 else { return }
        append(UInt8(ascii: "."))
        let digits = count
        append(digitsOf: Int128(fraction))
        insert(
            contentsOf: repeatElement(UInt8(ascii: "0"), count: -number.exponent - (count - digits)),
            at: digits)
        while last == UInt8(ascii: "0") { removeLast() }
    }
}

/// A number of at most 18 digits without an exponent, as nearly all are, read in one tight loop.
private struct ShortNumber {
    private(set) var mantissa: UInt64 = 0
    private(set) var exponent = 0

    @inline(__always)
    init?(_ text: Span<UInt8>, from start: Int) {
        let digits = text.count - start
        guard 1...19 ~= digits else { return nil }
        var point = -1
        for offset in start..<text.count {
            let byte = text[unchecked: offset]
            if byte.isDigit {
                mantissa = mantissa &* 10 &+ UInt64(byte &- UInt8(ascii: "0"))
            } else if byte == UInt8(ascii: "."), point < 0 {
                point = offset
            } else {
                return nil
            }
        }
        guard digits < 19 || point >= 0, point < 0 || digits > 1 else { return nil }
        if point >= 0 { exponent = point + 1 - text.count }
    }
}

/// Collects the digits of any number: whole part, fraction, exponent.
private struct DigitReader {
    private(set) var mantissa: UInt128 = 0
    private(set) var exponent = 0
    /// Digits from the first to the last that is not zero.
    private var significant = 0
    /// Zeros that may or may not be followed by another digit.
    private var zeros = 0

    mutating func read(_ text: Span<UInt8>, from offset: inout Int) -> Bool {
        let start = offset
        guard readDigits(text, from: &offset) else { return false }
        var count = offset - start
        if offset < text.count, text[offset] == UInt8(ascii: ".") {
            offset += 1
            let fraction = offset
            guard readDigits(text, from: &offset) else { return false }
            exponent -= offset - fraction
            count += offset - fraction
        }
        guard count > 0 else { return false }
        exponent += zeros
        return offset == text.count || readExponent(text, from: offset)
    }

    private mutating func readDigits(_ text: Span<UInt8>, from offset: inout Int) -> Bool {
        while offset < text.count, text[offset].isDigit {
            let digit = UInt128(text[offset] - UInt8(ascii: "0"))
            offset += 1
            if digit == 0 {
                if significant > 0 { zeros += 1 }
                continue
            }
            significant += zeros + 1
            guard significant <= 38 else { return false }
            mantissa = mantissa * power(zeros + 1) + digit
            zeros = 0
        }
        return true
    }

    private mutating func readExponent(_ text: Span<UInt8>, from start: Int) -> Bool {
        guard text[start] | 0x20 == UInt8(ascii: "e"), start + 1 < text.count else { return false }
        var offset = start + 1
        let isNegative = text[offset] == UInt8(ascii: "-")
        if isNegative || text[offset] == UInt8(ascii: "+") { offset += 1 }
        guard offset < text.count, text.count - offset <= 3 else { return false }
        var number = 0
        while offset < text.count {
            guard text[offset].isDigit else { return false }
            number = number * 10 + Int(text[offset] - UInt8(ascii: "0"))
            offset += 1
        }
        guard number <= 30 else { return false }
        exponent += isNegative ? -number : number
        return true
    }
}

/// 10 to the power of 0 … 38.
@inline(__always)
private func power(_ exponent: Int) -> UInt128 { powers[exponent] }

private let powers: [UInt128] = {
    var powers: [UInt128] = [1]
    for _ in 0..<38 { powers.append(powers.last! * 10) }
    return powers
}()

/// The first twenty powers, as a table that needs no initialization.
private let shortPowers: [UInt64] = [
    1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000,
    10_000_000_000, 100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000,
    1_000_000_000_000_000, 10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000,
    10_000_000_000_000_000_000,
]
