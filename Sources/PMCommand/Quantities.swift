import ArgumentParser
import PMRecord

/// A duration on a command line: `500ms`, `30s`, `5m`, `24h`, `7d`.
package struct Period: ExpressibleByArgument, Sendable, Equatable, CustomStringConvertible {
    package let duration: Duration

    package init(_ duration: Duration) {
        self.duration = duration
    }

    package init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), number <= 1_000_000_000,
            let unit = Self.units[String(argument.dropFirst(digits.count))]
        else { return nil }
        duration = .milliseconds(number * unit)
    }

    private static let units: [String: Int64] = [
        "ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000,
    ]

    package var description: String {
        let milliseconds = duration.inMilliseconds
        for (unit, length) in [("h", Int64(3_600_000)), ("m", 60_000), ("s", 1000)]
        where milliseconds >= length && milliseconds.isMultiple(of: length) {
            return "\(milliseconds / length)\(unit)"
        }
        return "\(milliseconds)ms"
    }

    package var defaultValueDescription: String { description }
}

/// A number of bytes on a command line: `4096`, `64K`, `64M`, `8G`.
package struct ByteSize: ExpressibleByArgument, Sendable, Equatable, CustomStringConvertible {
    package let bytes: Int

    package init(_ bytes: Int) {
        self.bytes = bytes
    }

    package init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits),
            let shift = Self.shifts[argument.dropFirst(digits.count).uppercased()],
            number <= Int.max >> shift
        else { return nil }
        bytes = number << shift
    }

    private static let shifts = ["": 0, "K": 10, "M": 20, "G": 30]

    package var description: String {
        for (unit, shift) in [("G", 30), ("M", 20), ("K", 10)]
        where bytes > 0 && bytes.isMultiple(of: 1 << shift) {
            return "\(bytes >> shift)\(unit)"
        }
        return "\(bytes)"
    }

    package var defaultValueDescription: String { description }
}

/// An amount in dollars, or a price, on a command line: plain decimal digits, exact.
package struct Amount: ExpressibleByArgument, Sendable, CustomStringConvertible {
    package let decimal: Decimal

    package init(_ decimal: Decimal) {
        self.decimal = decimal
    }

    package init?(argument: String) {
        guard let decimal = Decimal(argument), !decimal.isNegative else { return nil }
        self.decimal = decimal
    }

    package var description: String { decimal.description }
    package var defaultValueDescription: String { description }
}
