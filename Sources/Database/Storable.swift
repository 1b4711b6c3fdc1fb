import Glibc
import PMJSON

/// The line without what no database takes as text: an escaped NUL becomes U+2400, its picture, and half a
/// surrogate pair U+FFFD.
///
/// PostgreSQL refuses both, and with them a whole batch; SQLite takes both. Replaced before either sees them,
/// they are the same in both. Escapes keep their length, so that an index of the line stays right.
///
/// - Parameter line: Valid JSON.
/// - Returns: `nil` when there is nothing to replace.
func storable(_ line: [UInt8]) -> [UInt8]? {
    guard line.span.index(of: backslash, from: 0) < line.count else { return nil }
    var result: [UInt8]?
    var place = 0
    while place < line.count {
        place = line.span.index(of: backslash, from: place)
        guard place + 1 < line.count else { break }
        guard line[place + 1] == UInt8(ascii: "u"), let unit = escapedUnit(of: line, at: place) else {
            place += 2
            continue
        }
        switch unit {
        case 0:
            result = replacing(line, result, at: place, by: "2400")
        case 0xD800...0xDBFF:
            if let low = escapedUnit(of: line, at: place + 6), 0xDC00...0xDFFF ~= low {
                place += 6
            } else {
                result = replacing(line, result, at: place, by: "fffd")
            }
        case 0xDC00...0xDFFF:
            result = replacing(line, result, at: place, by: "fffd")
        default: break
        }
        place += 6
    }
    return result
}

private let backslash = UInt8(ascii: "\\")

/// The UTF-16 unit that `\uXXXX` at `place` stands for.
private func escapedUnit(of line: [UInt8], at place: Int) -> UInt16? {
    guard place + 6 <= line.count, line[place] == backslash, line[place + 1] == UInt8(ascii: "u") else {
        return nil
    }
    return UInt16(String(decoding: line[place + 2..<place + 6], as: UTF8.self), radix: 16)
}

private func replacing(_ line: [UInt8], _ draft: [UInt8]?, at place: Int, by digits: StaticString) -> [UInt8]
{
    var draft = draft ?? line
    digits.withUTF8Buffer { draft.replaceSubrange(place + 2..<place + 6, with: $0) }
    return draft
}
