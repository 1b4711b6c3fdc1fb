import PMJSON
import PMRecord

/// One JSON object of a feed, read and cleaned member by member.
struct FeedObject {
    let bytes: [UInt8]
    let index: MemberIndex

    /// - Parameter bytes: A valid JSON object.
    init(_ bytes: [UInt8]) throws(JSONError) {
        self.bytes = bytes
        index = try MemberIndex(bytes.span)
    }

    func has(_ key: JSONKey) -> Bool {
        index.firstIndex(of: key, in: bytes.span) != nil
    }

    /// Returns the member's bytes as they were sent; `nil` where it is absent or null.
    func raw(_ key: JSONKey) -> ArraySlice<UInt8>? {
        guard let range = index.value(of: key, in: bytes.span), bytes[range.lowerBound] != UInt8(ascii: "n")
        else {
            return nil
        }
        return bytes[range]
    }

    /// Returns the member's text; `nil` where it is absent, empty or not a string.
    ///
    /// A NUL, which PostgreSQL cannot store, becomes U+2400, SYMBOL FOR NULL.
    func text(_ key: JSONKey) -> String? {
        guard let raw = raw(key), raw.first == UInt8(ascii: "\""), raw.count > 2 else { return nil }
        return withoutNUL(decodedJSONString(bytes.span.extracting(raw.startIndex + 1..<raw.endIndex - 1)))
    }

    /// Returns the digits of a number that was sent as a number or as text, in JSON's notation: `.48` becomes `0.48`.
    ///
    /// - Throws: When it is not a number, or negative.
    func number(_ key: JSONKey) throws(InvalidTrade) -> String? {
        guard let raw = raw(key) else { return nil }
        let isText = raw.first == UInt8(ascii: "\"")
        let digits = isText ? raw.dropFirst().dropLast() : raw
        guard !digits.isEmpty else { return nil }
        let text = String(decoding: digits, as: UTF8.self)
        guard let decimal = Decimal(text), !decimal.isNegative else {
            throw InvalidTrade("\(key.name) is not an amount: \(text.prefix(40))")
        }
        if isText, (try? validate(Array(digits).span)) == nil { return decimal.description }
        return text
    }

    /// Returns a token's id, up to 78 decimal digits (docs/POLYMARKET.md, "Identifiers").
    func assetID(_ key: JSONKey) throws(InvalidTrade) -> String? {
        guard let raw = raw(key) else { return nil }
        guard let text = raw.first == UInt8(ascii: "\"") ? text(key) : String(decoding: raw, as: UTF8.self)
        else {
            return nil
        }
        guard text.utf8.count <= 78, text.utf8.allSatisfy(\.isDigit) else {
            throw InvalidTrade("\(key.name) is not a token id: \(text.prefix(80))")
        }
        return text
    }

    /// Returns the members that are not among `known`, as one object; `nil` when there are none.
    ///
    /// Repeated keys are left out, so that the object has each name once. Biographies and images are left out, and so
    /// are values that are nested too deep to stand two levels deeper in a record.
    func rest(without known: [JSONKey]) -> [UInt8]? {
        var writer = JSONWriter()
        var seen: Set<String> = Set(known.map { $0.name.description })
        var isEmpty = true
        writer.object { object in
            for member in index.members {
                let key = decodedJSONString(bytes.span.extracting(member.key))
                guard seen.insert(key).inserted, !isProfileDetail(key), depth(of: bytes[member.value]) <= 60
                else {
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

private func isProfileDetail(_ key: String) -> Bool {
    key == "bio" || key.hasPrefix("profileImage") || key.hasPrefix("profile_image")
}

/// Returns the levels of arrays and objects in a valid value.
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

/// Returns the value as it was sent, unless it has line breaks between its parts or characters that our own writer
/// escapes: then it is written again, with every number as it was sent.
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
