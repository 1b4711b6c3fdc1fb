import Glibc

/// A point in time, in whole milliseconds since 1970 in UTC; written as RFC 3339, `2026-09-24T18:45:00.125Z`.
package struct Timestamp: Sendable, Hashable, Comparable {
    package let milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// Reads a number as the feeds send it: seconds below 10^12, milliseconds from there on.
    ///
    /// - Returns: `nil` for a negative number and beyond the year 9999.
    /// - Note: Source: docs/POLYMARKET.md, "Known misbehaviour".
    package init?(feedNumber number: Int64) {
        guard 0...Self.last ~= number else { return nil }
        let milliseconds = number < 1_000_000_000_000 ? number * 1000 : number
        guard milliseconds <= Self.last else { return nil }
        self.init(milliseconds: milliseconds)
    }

    /// The last millisecond of the year 9999.
    private static let last: Int64 = 253_402_300_799_999

    /// Returns the time of the wall clock.
    package static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    package func advanced(by duration: Duration) -> Timestamp {
        Timestamp(milliseconds: milliseconds + duration.inMilliseconds)
    }

    package func duration(to other: Timestamp) -> Duration {
        .milliseconds(other.milliseconds - milliseconds)
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }
}

extension Timestamp: CustomStringConvertible {
    package var description: String {
        var seconds = time_t(milliseconds.flooredQuotient(by: 1000))
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let fraction = milliseconds - Int64(seconds) * 1000
        return padded(parts.tm_year + 1900, 4) + "-" + padded(parts.tm_mon + 1, 2) + "-"
            + padded(parts.tm_mday, 2)
            + "T" + padded(parts.tm_hour, 2) + ":" + padded(parts.tm_min, 2) + ":" + padded(parts.tm_sec, 2)
            + "." + padded(Int32(fraction), 3) + "Z"
    }

    /// Reads RFC 3339 with any offset and any number of fraction digits. Also reads a date alone, and a blank
    /// for the `T`, as Gamma writes some of its times (`2026-09-24 18:45:00+00`).
    package init?(_ text: some StringProtocol) {
        var fields = TimeFields(Array(text.utf8))
        guard let milliseconds = fields.read() else { return nil }
        self.init(milliseconds: milliseconds)
    }
}

/// Reads the parts of a written time from left to right.
private struct TimeFields {
    private let text: [UInt8]
    private var position = 0

    init(_ text: [UInt8]) { self.text = text }

    mutating func read() -> Int64? {
        var parts = tm()
        guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2),
            1...12 ~= month, 1...daysInMonth(month, of: year) ~= day
        else { return nil }
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (Int32(year - 1900), Int32(month - 1), Int32(day))
        var (fraction, offset): (Int64, Int64) = (0, 0)
        if position < text.count {
            guard take("T") || take("t") || take(" "), let hour = number(2), take(":"),
                let minute = number(2),
                take(":"), let second = number(2), hour < 24, minute < 60, second <= 60,
                let rest = fractionAndOffset()
            else { return nil }
            (parts.tm_hour, parts.tm_min, parts.tm_sec) = (Int32(hour), Int32(minute), Int32(second))
            (fraction, offset) = rest
        }
        return (Int64(timegm(&parts)) - offset) * 1000 + fraction
    }

    private mutating func fractionAndOffset() -> (milliseconds: Int64, offset: Int64)? {
        var fraction: Int64 = 0
        if take(".") {
            var weight: Int64 = 100
            let start = position
            while position < text.count, let digit = digit() {
                fraction += digit * weight
                weight /= 10
                position += 1
            }
            guard position > start else { return nil }
        }
        if take("Z") || take("z") { return position == text.count ? (fraction, 0) : nil }
        let isEast = take("+")
        guard isEast || take("-"), let hours = number(2), hours < 24 else { return nil }
        let minutes = take(":") || position < text.count ? number(2) : 0
        guard let minutes, minutes < 60, position == text.count else { return nil }
        return (fraction, (isEast ? 1 : -1) * (hours * 3600 + minutes * 60))
    }

    private func digit() -> Int64? {
        48...57 ~= text[position] ? Int64(text[position]) - 48 : nil
    }

    private mutating func number(_ width: Int) -> Int64? {
        guard position + width <= text.count else { return nil }
        var number: Int64 = 0
        for _ in 0..<width {
            guard let digit = digit() else { return nil }
            number = number * 10 + digit
            position += 1
        }
        return number
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < text.count, text[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }
}

extension Duration {
    /// Whole milliseconds, rounded towards zero.
    package var inMilliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}

extension Int64 {
    fileprivate func flooredQuotient(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

private func daysInMonth(_ month: Int64, of year: Int64) -> Int64 {
    switch month {
    case 2: year.isMultiple(of: 4) && !year.isMultiple(of: 100) || year.isMultiple(of: 400) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
}

private func padded(_ number: Int32, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
