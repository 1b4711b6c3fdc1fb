import PMJSON
import PMRecord

/// The members of a feed's object that have no key of their own in a record.
extension FeedObject {
    /// Members up to which each name is compared with all others; a set of names costs a text for each.
    private static let fewMembers = 32

    /// Appends the members that are not among `known`, as one object; returns `false` when there are none.
    ///
    /// Repeated keys are left out, so that the object has each name once. Biographies and images are left out, and so
    /// are values that are nested too deep to stand two levels deeper in a record.
    func append(restWithout known: [JSONKey], to bytes: inout [UInt8]) -> Bool {
        let (all, text) = (index.members.span, message.span)
        var unknown: [Int] = []
        var position = members.lowerBound
        while position < members.upperBound {
            let member = all[unchecked: position]
            if !known.contains(where: { member.isNamed($0, in: text) }) { unknown.append(position) }
            position &+= 1 &+ member.children
        }
        return !unknown.isEmpty && append(unknown, to: &bytes)
    }

    private func append(_ unknown: [Int], to bytes: inout [UInt8]) -> Bool {
        let (all, text) = (index.members.span, message.span)
        let isSimple =
            unknown.count <= Self.fewMembers
            && unknown.allSatisfy { text.extracting(all[$0].key).isPlainText }
        var names: Set<String> = []
        let start = bytes.count
        for (order, position) in unknown.enumerated() {
            let (key, value) = (all[position].key, all[position].value)
            if isSimple {
                guard !unknown[..<order].contains(where: { haveSameKey($0, position) }),
                    !isProfileDetail(text.extracting(key))
                else { continue }
            } else {
                let name = decodedJSONString(text.extracting(key))
                guard names.insert(name).inserted, !isProfileDetail(Array(name.utf8).span) else { continue }
            }
            guard depth(of: message[value]) <= 60 else { continue }
            bytes.append(UInt8(ascii: bytes.count == start ? "{" : ","))
            bytes.append(UInt8(ascii: "\""))
            bytes.append(cleaning: text.extracting(key))
            bytes.append(contentsOf: #"":"#.utf8)
            appendInOneLine(text.extracting(value), to: &bytes)
        }
        guard bytes.count > start else { return false }
        bytes.append(UInt8(ascii: "}"))
        return true
    }

    private func haveSameKey(_ one: Int, _ other: Int) -> Bool {
        message[index.members[one].key].elementsEqual(message[index.members[other].key])
    }
}

extension [UInt8] {
    /// Appends a string's content as records have it: decoded, without NUL, and escaped by our own rules.
    mutating func append(cleaning content: Span<UInt8>) {
        if content.isPlainText {
            content.withUnsafeBufferPointer { append(contentsOf: $0) }
        } else {
            append(escaping: withoutNUL(decodedJSONString(content)).utf8)
        }
    }
}

private func isProfileDetail(_ key: Span<UInt8>) -> Bool {
    key.withUnsafeBufferPointer { key in
        key.elementsEqual("bio".utf8) || key.starts(with: "profileImage".utf8)
            || key.starts(with: "profile_image".utf8)
    }
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

func withoutNUL(_ text: String) -> String {
    guard text.utf8.contains(0) else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\0" ? "\u{2400}" : $0 }))
}

/// Appends the value as it was sent, unless it has line breaks between its parts or characters that our own writer
/// escapes: then it is written again, with every number as it was sent.
private func appendInOneLine(_ value: Span<UInt8>, to bytes: inout [UInt8]) {
    let isPlain = value.withUnsafeBufferPointer {
        $0.allSatisfy { 0x20...0x7E ~= $0 && $0 != UInt8(ascii: "\\") }
    }
    guard !isPlain, let tree = try? JSON(value) else {
        return value.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    }
    var writer = JSONWriter()
    write(tree, to: &writer)
    bytes.append(contentsOf: writer.bytes)
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
