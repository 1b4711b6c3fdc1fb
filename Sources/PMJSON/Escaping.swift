extension [UInt8] {
    /// Appends the text, escaped as the content of a JSON string, without the quotes.
    package mutating func append(escaping text: some Collection<UInt8>) {
        let needsCare = text.contains {
            $0 < 0x20 || $0 == Byte.quote || $0 == Byte.backslash || $0 >= 0x7F
        }
        guard needsCare else { return append(contentsOf: text) }
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            switch scalar {
            case "\"": append(contentsOf: #"\""#.utf8)
            case "\\": append(contentsOf: #"\\"#.utf8)
            case "\n": append(contentsOf: #"\n"#.utf8)
            case "\r": append(contentsOf: #"\r"#.utf8)
            case "\t": append(contentsOf: #"\t"#.utf8)
            case _ where scalar.isUnsafeToShow:
                let hex = String(scalar.value, radix: 16)
                append(contentsOf: (#"\u"# + String(repeating: "0", count: 4 - hex.count) + hex).utf8)
            default: append(contentsOf: UTF8.encode(scalar)!)
            }
        }
    }

    /// Appends the decimal digits of a number.
    package mutating func append(digitsOf number: UInt64) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var (rest, start) = (number, 20)
            repeat {
                let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
                start -= 1
                digits[start] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit)
                rest = quotient
            } while rest > 0
            append(contentsOf: digits[start...])
        }
    }

    /// Appends the decimal digits of a number, with a minus sign where it is negative.
    package mutating func append(digitsOf number: Int128) {
        if number < 0 { append(UInt8(ascii: "-")) }
        if let short = UInt64(exactly: number.magnitude) {
            append(digitsOf: short)
        } else {
            append(contentsOf: String(number.magnitude).utf8)
        }
    }
}
