import PMJSON
import PMRecord

/// One JSON object of a feed, read member by member and cleaned at the door.
struct FeedObject {
    /// Why a row of the feed is no trade that can be told.
    struct Malformed: Error {
        let reason: String
    }

    let bytes: [UInt8]
    let index: MemberIndex

    /// - Parameter bytes: An object that was validated.
    init(_ bytes: [UInt8]) throws(JSONError) {
        self.bytes = bytes
        index = try MemberIndex(bytes.span)
    }

    func has(_ key: JSONKey) -> Bool {
        index.place(of: key, in: bytes.span) != nil
    }

    /// The member's bytes as they were sent; `nil` where it is absent or null.
    func raw(_ key: JSONKey) -> ArraySlice<UInt8>? {
        guard let range = index.value(of: key, in: bytes.span), bytes[range.lowerBound] != UInt8(ascii: "n")
        else {
            return nil
        }
        return bytes[range]
    }

    /// The member's text; `nil` where it is absent, empty or no string.
    ///
    /// A NUL, which PostgreSQL cannot hold, becomes its picture, U+2400.
    func text(_ key: JSONKey) -> String? {
        guard let raw = raw(key), raw.first == UInt8(ascii: "\""), raw.count > 2 else { return nil }
        return withoutNUL(decodedJSONString(bytes.span.extracting(raw.startIndex + 1..<raw.endIndex - 1)))
    }

    /// The digits of a number, sent as a number or as text, spelled as JSON wants them: `.48` becomes `0.48`.
    func number(_ key: JSONKey) throws(Malformed) -> String? {
        guard let raw = raw(key) else { return nil }
        let isText = raw.first == UInt8(ascii: "\"")
        let digits = isText ? raw.dropFirst().dropLast() : raw
        guard !digits.isEmpty else { return nil }
        let text = String(decoding: digits, as: UTF8.self)
        guard let decimal = Decimal(text), !decimal.isNegative else {
            throw Malformed(reason: "\(key.name) is no amount: \(text.prefix(40))")
        }
        if isText, (try? validate(Array(digits).span)) == nil { return decimal.description }
        return text
    }

    func integer(_ key: JSONKey) throws(Malformed) -> Int64? {
        guard let digits = try number(key) else { return nil }
        guard let micros = Decimal(digits)?.micros, micros.isMultiple(of: 1_000_000),
            let number = Int64(exactly: micros / 1_000_000)
        else {
            throw Malformed(reason: "\(key.name) is no whole number: \(digits.prefix(40))")
        }
        return number
    }

    /// `0x` and that many hex digits, lower-cased; `nil` where it is absent or empty.
    func hex(_ key: JSONKey, digits: Int) throws(Malformed) -> String? {
        guard let text = text(key)?.lowercased() else { return nil }
        guard text.utf8.count == digits + 2, text.hasPrefix("0x"),
            text.utf8.dropFirst(2).allSatisfy(\.isHexDigit)
        else {
            throw Malformed(reason: "\(key.name) is not 0x and \(digits) hex digits: \(text.prefix(80))")
        }
        return text
    }

    /// A token's id: up to 78 decimal digits.
    func assetID(_ key: JSONKey) throws(Malformed) -> String? {
        guard let text = text(key) else { return nil }
        guard text.utf8.count <= 78, text.utf8.allSatisfy(\.isDigit) else {
            throw Malformed(reason: "\(key.name) is no token id: \(text.prefix(80))")
        }
        return text
    }

    /// A time in seconds or milliseconds, whole or not, as a number or as text.
    func time(_ key: JSONKey) throws(Malformed) -> Timestamp? {
        guard let digits = try number(key) else { return nil }
        guard let micros = Decimal(digits)?.micros, let time = Timestamp(feedMicros: micros) else {
            throw Malformed(reason: "\(key.name) is no time: \(digits.prefix(40))")
        }
        return time
    }

    /// The members that are not among `known`, as one object; `nil` when there are none.
    ///
    /// Keys already seen are left out, so that the object has each name once; so are biographies and images, and
    /// what is nested too deep to stand two levels deeper in a record.
    func rest(without known: [JSONKey]) -> [UInt8]? {
        var writer = JSONWriter()
        var seen: Set<String> = Set(known.map { $0.name.description })
        var isEmpty = true
        writer.object { object in
            for member in index.members {
                let key = decodedJSONString(bytes.span.extracting(member.key))
                guard seen.insert(key).inserted, !isOrnament(key), depth(of: bytes[member.value]) <= 60 else {
                    continue
                }
                object.key(withoutNUL(key))
                object.raw(inOneLine(bytes[member.value]))
                isEmpty = false
            }
        }
        return isEmpty ? nil : writer.bytes
    }
}

private func isOrnament(_ key: String) -> Bool {
    key == "bio" || key.hasPrefix("profileImage") || key.hasPrefix("profile_image")
}

/// Levels of arrays and objects in a value that was validated.
private func depth(of value: ArraySlice<UInt8>) -> Int {
    guard value.first == UInt8(ascii: "{") || value.first == UInt8(ascii: "[") else { return 0 }
    var (depth, deepest, isText, isEscaped) = (0, 0, false, false)
    for byte in value {
        switch byte {
        case _ where isEscaped: isEscaped = false
        case UInt8(ascii: "\\"): isEscaped = isText
        case UInt8(ascii: "\""): isText.toggle()
        case _ where isText: break
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            depth += 1
            deepest = max(deepest, depth)
        case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
        default: break
        }
    }
    return deepest
}

private func withoutNUL(_ text: String) -> String {
    guard text.utf8.contains(0) else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\0" ? "\u{2400}" : $0 }))
}

/// The value as it was sent, unless it has line breaks between its parts, or characters that our own strings
/// leave escaped: then written anew, with every number as it stands.
private func inOneLine(_ value: ArraySlice<UInt8>) -> [UInt8] {
    let isPlain = value.allSatisfy { 0x20...0x7E ~= $0 && $0 != UInt8(ascii: "\\") }
    guard !isPlain, let tree = try? JSON(Array(value)) else { return Array(value) }
    var writer = JSONWriter()
    write(tree, to: &writer)
    return writer.bytes
}

private func write(_ value: JSON, to writer: inout JSONWriter) {
    switch value {
    case .null: writer.null()
    case .bool(let flag): writer.bool(flag)
    case .number(let digits): writer.raw(digits.utf8)
    case .string(let text): writer.string(withoutNUL(text))
    case .array(let elements): writer.array { list in for element in elements { write(element, to: &list) } }
    case .object(let members):
        writer.object { object in
            for (key, member) in members {
                object.key(withoutNUL(key))
                write(member, to: &object)
            }
        }
    }
}

extension Timestamp {
    /// Seconds below 10^12, milliseconds from there on; given in millionths of either, cut to the millisecond.
    fileprivate init?(feedMicros micros: Int128) {
        let isSeconds = micros < 1_000_000_000_000_000_000
        guard let number = Int64(exactly: micros / (isSeconds ? 1_000 : 1_000_000)),
            0...253_402_300_799_999 ~= number
        else { return nil }
        self.init(milliseconds: number)
    }
}

extension UInt8 {
    fileprivate var isHexDigit: Bool { isDigit || 0x61...0x66 ~= self }
}
