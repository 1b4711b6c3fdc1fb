import Glibc
import PMJSON

/// Replaces the JSON escapes that PostgreSQL cannot store as text: NUL by U+2400, its picture, and half of a
/// surrogate pair by U+FFFD.
///
/// PostgreSQL rejects both, and with them the whole batch; SQLite accepts both. Replaced before either
/// database sees them, rows are the same in both. Escapes keep their length, so that an index of the line
/// stays valid.
enum EscapeSanitizer {
    private static let backslash = UInt8(ascii: "\\")

    /// Returns the line with such escapes replaced; `nil` when it has none.
    ///
    /// - Parameter line: Valid JSON.
    static func sanitize(_ line: [UInt8]) -> [UInt8]? {
        guard line.span.index(of: backslash, from: 0) < line.count else { return nil }
        var result: [UInt8]?
        var index = 0
        while index < line.count {
            index = line.span.index(of: backslash, from: index)
            guard index + 1 < line.count else { break }
            guard line[index + 1] == UInt8(ascii: "u"), let unit = escapedUnit(of: line, at: index) else {
                index += 2
                continue
            }
            switch unit {
            case 0:
                result = replacing(line, result, at: index, by: "2400")
            case 0xD800...0xDBFF:
                if let low = escapedUnit(of: line, at: index + 6), 0xDC00...0xDFFF ~= low {
                    index += 6
                } else {
                    result = replacing(line, result, at: index, by: "fffd")
                }
            case 0xDC00...0xDFFF:
                result = replacing(line, result, at: index, by: "fffd")
            default: break
            }
            index += 6
        }
        return result
    }

    /// Returns the UTF-16 unit of a `\uXXXX` at `index`; `nil` when there is none.
    private static func escapedUnit(of line: [UInt8], at index: Int) -> UInt16? {
        guard index + 6 <= line.count, line[index] == backslash, line[index + 1] == UInt8(ascii: "u") else {
            return nil
        }
        return UInt16(String(decoding: line[index + 2..<index + 6], as: UTF8.self), radix: 16)
    }

    /// Replaces the digits of the escape at `index` in `draft`, which starts as a copy of `line`.
    private static func replacing(
        _ line: [UInt8], _ draft: [UInt8]?, at index: Int, by digits: StaticString
    ) -> [UInt8] {
        var draft = draft ?? line
        digits.withUTF8Buffer { draft.replaceSubrange(index + 2..<index + 6, with: $0) }
        return draft
    }
}
