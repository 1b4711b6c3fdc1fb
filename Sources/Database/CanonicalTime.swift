import PMJSON
import PMRecord

/// A moment as both databases keep it: `2026-09-24T18:45:00.125Z`, whose order as text is that of time.
enum CanonicalTime {
    private static let pattern: StaticString = "\"0000-00-00T00:00:00.000Z\""

    /// - Parameter value: JSON.
    /// - Returns: `nil` for what is no moment, or lies in no year from 1 to 9999.
    static func text(from value: Span<UInt8>) -> String? {
        guard value[0] == UInt8(ascii: "\""),
            let time = Timestamp(decodedJSONString(value.extracting(1..<value.count - 1)))
        else { return nil }
        let text = time.description
        return text.utf8.count == pattern.utf8CodeUnitCount - 2 && !text.hasPrefix("0000") ? text : nil
    }

    /// Whether a JSON string is in that form already, as nearly all are.
    ///
    /// The last days of a month are said not to be, and left to those who know how long each month is.
    static func holds(_ value: Span<UInt8>) -> Bool {
        guard value.count == pattern.utf8CodeUnitCount else { return false }
        let form = UnsafeBufferPointer(start: pattern.utf8Start, count: value.count)
        for place in 0..<value.count {
            let isRight = form[place] == 0x30 ? value[place].isDigit : value[place] == form[place]
            guard isRight else { return false }
        }
        return value[1] | value[2] | value[3] | value[4] != 0x30 && 1...12 ~= value.pair(at: 6)
            && 1...28 ~= value.pair(at: 9) && value.pair(at: 12) < 24 && value.pair(at: 15) < 60
            && value.pair(at: 18) < 60
    }
}

extension Span<UInt8> {
    /// The two digits there as a number.
    fileprivate func pair(at place: Int) -> Int {
        Int(self[place] - 0x30) * 10 + Int(self[place + 1] - 0x30)
    }
}
