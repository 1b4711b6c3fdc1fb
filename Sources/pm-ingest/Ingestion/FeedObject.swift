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
    func text(_ key: JSONKey) -> String? {
        guard let raw = raw(key), raw.first == UInt8(ascii: "\""), raw.count > 2 else { return nil }
        return decodedJSONString(bytes.span.extracting(raw.startIndex + 1..<raw.endIndex - 1))
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
        guard let micros = Decimal(digits)?.micros, let number = Int64(exactly: micros / 1_000_000) else {
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

    func time(_ key: JSONKey) throws(Malformed) -> Timestamp? {
        guard let number = try integer(key) else { return nil }
        guard let time = Timestamp(feedNumber: number) else {
            throw Malformed(reason: "\(key.name) is no time: \(number)")
        }
        return time
    }

    /// The members that are not among `known`, as one object; `nil` when there are none.
    ///
    /// Keys already seen are left out, so that the object has each name once.
    func rest(without known: [JSONKey]) -> [UInt8]? {
        var writer = JSONWriter()
        var seen: Set<String> = Set(known.map { $0.name.description })
        var isEmpty = true
        writer.object { object in
            for member in index.members {
                let key = decodedJSONString(bytes.span.extracting(member.key))
                guard seen.insert(key).inserted else { continue }
                object.key(key)
                object.raw(bytes[member.value])
                isEmpty = false
            }
        }
        return isEmpty ? nil : writer.bytes
    }
}

extension UInt8 {
    fileprivate var isHexDigit: Bool { isDigit || 0x61...0x66 ~= self }
}
