import Glibc
import PMJSON

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
        var text: [UInt8] = []
        text.append(self)
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads the form that records have, `2026-09-24T18:45:00.125Z`; `nil` for any other.
    package init?(record text: Span<UInt8>) {
        guard text.count == 24, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
            text[10] == UInt8(ascii: "T"), text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"),
            text[19] == UInt8(ascii: "."), text[23] == UInt8(ascii: "Z"),
            let year = text.number(0..<4), let month = text.number(5..<7), let day = text.number(8..<10),
            let hour = text.number(11..<13), let minute = text.number(14..<16),
            let second = text.number(17..<19), let fraction = text.number(20..<23),
            1...12 ~= month, 1...daysInMonth(month, of: year) ~= day, hour < 24, minute < 60, second <= 60
        else { return nil }
        let seconds = CivilDate.days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
        self.init(milliseconds: seconds * 1000 + fraction)
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
        guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2),
            1...12 ~= month, 1...daysInMonth(month, of: year) ~= day
        else { return nil }
        var seconds = CivilDate.days(year, month, day) * 86_400
        var (fraction, offset): (Int64, Int64) = (0, 0)
        if position < text.count {
            guard take("T") || take("t") || take(" "), let hour = number(2), take(":"),
                let minute = number(2),
                take(":"), let second = number(2), hour < 24, minute < 60, second <= 60,
                let rest = fractionAndOffset()
            else { return nil }
            seconds += hour * 3600 + minute * 60 + second
            (fraction, offset) = rest
        }
        return (seconds - offset) * 1000 + fraction
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

extension [UInt8] {
    /// Appends a time as records have it: 24 bytes for the years 0 to 9999.
    ///
    /// Computed here, because `gmtime_r` and a `String` for each part take longer than the rest of a record.
    package mutating func append(_ time: Timestamp) {
        let seconds = time.milliseconds.flooredQuotient(by: 1000)
        let days = seconds.flooredQuotient(by: 86_400)
        let second = seconds - days * 86_400
        let (year, month, day) = CivilDate.date(ofDay: days)
        append(year, 4)
        append(UInt8(ascii: "-"))
        append(month, 2)
        append(UInt8(ascii: "-"))
        append(day, 2)
        append(UInt8(ascii: "T"))
        append(second / 3600, 2)
        append(UInt8(ascii: ":"))
        append(second / 60 % 60, 2)
        append(UInt8(ascii: ":"))
        append(second % 60, 2)
        append(UInt8(ascii: "."))
        append(time.milliseconds - seconds * 1000, 3)
        append(UInt8(ascii: "Z"))
    }

    /// Appends a number with leading zeros.
    @inline(__always)
    private mutating func append(_ number: Int64, _ width: Int) {
        guard 0..<10_000 ~= number else { return append(contentsOf: String(number).utf8) }
        var divisor: Int64 = width == 4 ? 1000 : width == 3 ? 100 : 10
        while divisor > 0 {
            append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: number / divisor % 10))
            divisor /= 10
        }
    }
}

extension Span<UInt8> {
    /// Returns the number whose decimal digits are in `range`; `nil` for other bytes.
    fileprivate func number(_ range: Range<Int>) -> Int64? {
        var number: Int64 = 0
        for offset in range {
            guard self[offset].isDigit else { return nil }
            number = number * 10 + Int64(self[offset] - UInt8(ascii: "0"))
        }
        return number
    }
}
