import PMJSON
import PMRecord

/// A moment as both databases keep it: `"2026-09-24T18:45:00.125Z"`, whose order as text is that of time.
enum CanonicalTime {
    private static let pattern = Array("\"0000-00-00T00:00:00.000Z\"".utf8)

    /// - Parameter value: A JSON string.
    /// - Returns: A JSON string; `nil` for what is no moment, or lies in no year from 1 to 9999.
    static func json(from value: ArraySlice<UInt8>) -> [UInt8]? {
        if isCanonical(value) { return Array(value) }
        guard value.first == UInt8(ascii: "\""), let time = Timestamp(content(of: value)) else { return nil }
        let text = time.description
        guard text.utf8.count == pattern.count - 2, !text.hasPrefix("0000"), !text.hasPrefix("-") else {
            return nil
        }
        return Array(quoting: text)
    }

    /// Whether it is in that form already, as nearly all are.
    private static func isCanonical(_ value: ArraySlice<UInt8>) -> Bool {
        guard value.count == pattern.count else { return false }
        for (byte, expected) in zip(value, pattern)
        where expected == UInt8(ascii: "0") ? !byte.isDigit : byte != expected {
            return false
        }
        func number(_ offset: Int, _ count: Int) -> Int {
            value.dropFirst(offset).prefix(count).reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        }
        // the last days of a month are left to the slow path, which knows how long each is
        return number(1, 4) >= 1 && 1...12 ~= number(6, 2) && 1...28 ~= number(9, 2) && number(12, 2) < 24
            && number(15, 2) < 60 && number(18, 2) < 60
    }
}

/// The text of a JSON string, given with its quotes.
func content(of string: ArraySlice<UInt8>) -> String {
    string.withUnsafeBufferPointer { decodedJSONString($0.span.extracting(1..<$0.count - 1)) }
}
