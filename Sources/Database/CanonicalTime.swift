import PMJSON
import PMRecord

/// The form of a time in both databases: `2026-09-24T18:45:00.125Z`. Its order as text is the order in time.
enum CanonicalTime {
    private static let pattern: StaticString = "\"0000-00-00T00:00:00.000Z\""

    /// Converts a JSON value to the canonical form.
    ///
    /// - Returns: `nil` when the value is not a time of the years 1 to 9999.
    static func text(from value: Span<UInt8>) -> String? {
        guard value[0] == UInt8(ascii: "\""),
            let time = Timestamp(decodedJSONString(value.extracting(1..<value.count - 1)))
        else { return nil }
        let text = time.description
        return text.utf8.count == pattern.utf8CodeUnitCount - 2 && !text.hasPrefix("0000") ? text : nil
    }

    /// Returns true if a JSON string is certainly in canonical form, as nearly all are.
    ///
    /// False for days 29 to 31 too: ``text(from:)`` knows the length of each month.
    static func matches(_ value: Span<UInt8>) -> Bool {
        guard value.count == pattern.utf8CodeUnitCount else { return false }
        let form = UnsafeBufferPointer(start: pattern.utf8Start, count: value.count)
        for index in 0..<value.count {
            let isRight = form[index] == 0x30 ? value[index].isDigit : value[index] == form[index]
            guard isRight else { return false }
        }
        return value[1] | value[2] | value[3] | value[4] != 0x30 && 1...12 ~= value.twoDigits(at: 6)
            && 1...28 ~= value.twoDigits(at: 9) && value.twoDigits(at: 12) < 24
            && value.twoDigits(at: 15) < 60 && value.twoDigits(at: 18) < 60
    }
}

extension Span<UInt8> {
    /// Returns the two digits at `index` as a number.
    fileprivate func twoDigits(at index: Int) -> Int {
        Int(self[index] - 0x30) * 10 + Int(self[index + 1] - 0x30)
    }
}
