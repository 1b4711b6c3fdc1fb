/// A number of up to 256 bits, from hexadecimal to decimal.
func decimalText(ofHex hex: String) -> String {
    convert(hex.compactMap(\.hexDigitValue), from: 16, to: 10).map(String.init).joined()
}

/// A number of up to 256 bits, from decimal to 64 hexadecimal digits.
func hexText(ofDecimal decimal: String) -> String {
    let digits = convert(decimal.compactMap(\.wholeNumberValue), from: 10, to: 16)
    return String(repeating: "0", count: max(64 - digits.count, 0))
        + digits.map { String($0, radix: 16) }.joined()
}

/// Long division, digit by digit: a token is read once.
private func convert(_ digits: [Int], from base: Int, to target: Int) -> [Int] {
    var (rest, result) = (Array(digits.drop { $0 == 0 }), [Int]())
    while !rest.isEmpty {
        var (quotient, remainder) = ([Int](), 0)
        for digit in rest {
            let value = remainder * base + digit
            remainder = value % target
            if !quotient.isEmpty || value >= target { quotient.append(value / target) }
        }
        result.append(remainder)
        rest = quotient
    }
    return result.isEmpty ? [0] : result.reversed()
}
