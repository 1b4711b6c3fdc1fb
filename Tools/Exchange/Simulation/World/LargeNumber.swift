/// A number of up to 256 bits, from hexadecimal to decimal.
func decimalText(ofHex hex: String) -> String {
    convert(hex, radix: 16, digitsInGroup: 8, to: 10, digitsOutGroup: 9)
}

/// A number of up to 256 bits, from decimal to 64 hexadecimal digits.
func hexText(ofDecimal decimal: String) -> String {
    let digits = convert(decimal, radix: 10, digitsInGroup: 9, to: 16, digitsOutGroup: 8)
    return String(repeating: "0", count: max(64 - digits.utf8.count, 0)) + digits
}

/// Long division, by groups of digits that fit a word.
private func convert(
    _ text: String, radix: UInt64, digitsInGroup: Int, to target: UInt64, digitsOutGroup: Int
) -> String {
    let base = power(radix, digitsInGroup)
    let divisor = power(target, digitsOutGroup)
    let padding = (digitsInGroup - text.utf8.count % digitsInGroup) % digitsInGroup
    let digits = Array(String(repeating: "0", count: padding) + text)
    var groups = stride(from: 0, to: digits.count, by: digitsInGroup).map {
        UInt64(String(digits[$0..<$0 + digitsInGroup]), radix: Int(radix)) ?? 0
    }
    var result = ""
    while groups.contains(where: { $0 != 0 }) {
        var remainder: UInt64 = 0
        for index in groups.indices {
            let value = remainder * base + groups[index]
            (groups[index], remainder) = value.quotientAndRemainder(dividingBy: divisor)
        }
        let part = String(remainder, radix: Int(target))
        result = String(repeating: "0", count: digitsOutGroup - part.utf8.count) + part + result
    }
    let trimmed = result.drop { $0 == "0" }
    return trimmed.isEmpty ? "0" : String(trimmed)
}

private func power(_ base: UInt64, _ exponent: Int) -> UInt64 {
    (0..<exponent).reduce(1) { product, _ in product * base }
}
