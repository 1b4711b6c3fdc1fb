import PMJSON
import PMRecord

/// One JSON object of a feed, in place: a range of a message, and the index of its members.
struct FeedObject {
    let message: [UInt8]
    private let range: Range<Int>
    let index: NestedIndex
    /// The object's members in the index, with those of inner objects among them.
    let members: Range<Int>

    /// - Parameter message: One JSON object, with nothing but white space around it.
    /// - Throws: ``JSONError`` unless it is valid.
    init(_ message: [UInt8]) throws(JSONError) {
        let (index, end) = try NestedIndex.read(message.span)
        guard message.span.extracting(end...).isBlank else { throw JSONError(.trailingBytes, at: end) }
        self.init(message, message.indices, index, index.members.indices)
    }

    /// Reads the object that a message begins with. Returns the offset after it too.
    static func first(in message: [UInt8]) throws(JSONError) -> (FeedObject, end: Int) {
        let (index, end) = try NestedIndex.read(message.span)
        let isAlone = message.span.extracting(end...).isBlank
        let range = isAlone ? message.indices : 0..<end
        return (FeedObject(message, range, index, index.members.indices), end)
    }

    private init(_ message: [UInt8], _ range: Range<Int>, _ index: NestedIndex, _ members: Range<Int>) {
        self.message = message
        self.range = range
        self.index = index
        self.members = members
    }

    /// The object's bytes, with the white space around it if it is a message of its own.
    var bytes: [UInt8] { range == message.indices ? message : Array(message[range]) }

    /// Returns an inner object; `nil` where the member is absent or not an object.
    func object(_ key: JSONKey) -> FeedObject? {
        guard let position = position(of: key) else { return nil }
        let member = index.members[position]
        guard message[member.value.lowerBound] == UInt8(ascii: "{") else { return nil }
        // An object that is empty or too large has no members in this index.
        guard member.children > 0 else { return try? FeedObject(Array(message[member.value])) }
        return FeedObject(message, member.value, index, position + 1..<position + 1 + member.children)
    }

    func has(_ key: JSONKey) -> Bool { position(of: key) != nil }

    /// Returns the range of a member's JSON in the message, for ``with(_:_:)``; `nil` where it is absent or null.
    @inline(__always)
    func range(_ key: JSONKey) -> Range<Int>? {
        guard let position = position(of: key) else { return nil }
        let range = index.members[position].value
        return message.span[unchecked: range.lowerBound] == UInt8(ascii: "n") ? nil : range
    }

    /// Calls `body` with the bytes of a member's JSON; returns `nil` where it is absent or null.
    @inline(__always)
    func with<Result>(_ key: JSONKey, _ body: (Span<UInt8>) -> Result) -> Result? {
        range(key).map { body(message.span.extracting($0)) }
    }

    /// Calls `body` with the content of a member that is a string and not empty, as it was sent: escapes are not decoded.
    @inline(__always)
    func withContent<Result>(_ key: JSONKey, _ body: (Span<UInt8>) -> Result) -> Result? {
        guard let range = range(key), range.count > 2,
            message.span[unchecked: range.lowerBound] == UInt8(ascii: "\"")
        else { return nil }
        return body(message.span.extracting(range.lowerBound + 1..<range.upperBound - 1))
    }

    /// Calls `body` with the text of a member that is a string and not empty.
    func withText<Result>(_ key: JSONKey, _ body: (Span<UInt8>) -> Result) -> Result? {
        withContent(key) { content in
            if content.isPlainText { return body(content) }
            var text: [UInt8] = []
            text.append(decoding: content)
            return body(text.span)
        }
    }

    /// True if a member is this text, compared as it was sent.
    func isText(_ key: JSONKey, _ text: StaticString) -> Bool {
        withText(key) { $0.holds(text, at: 0..<$0.count) } ?? false
    }

    /// Returns the member's bytes as they were sent; `nil` where it is absent or null.
    func raw(_ key: JSONKey) -> ArraySlice<UInt8>? { range(key).map { message[$0] } }

    /// Returns the member's text; `nil` where it is absent, empty or not a string.
    ///
    /// A NUL, which PostgreSQL cannot store, becomes U+2400, SYMBOL FOR NULL.
    func text(_ key: JSONKey) -> String? {
        withContent(key) { withoutNUL(decodedJSONString($0)) }
    }

    /// Returns a time in RFC 3339.
    func time(_ key: JSONKey) -> Timestamp? {
        (withContent(key) { Timestamp(record: $0) } ?? nil) ?? text(key).flatMap { Timestamp($0) }
    }

    /// Returns the number that was sent as a number or as text; `nil` where it is absent or empty.
    ///
    /// - Throws: When it is not a number, or negative.
    func number(_ key: JSONKey) throws(InvalidTrade) -> Decimal? {
        guard let range = digits(key) else { return nil }
        guard let decimal = Decimal(message.span.extracting(range)), !decimal.isNegative else {
            let text = String(decoding: message[range].prefix(160), as: UTF8.self)
            throw InvalidTrade("\(key.name) is not an amount: \(text.prefix(40))")
        }
        return decimal
    }

    /// Appends the digits of a number that was sent as a number or as text, in JSON's notation: `.48` becomes `0.48`.
    ///
    /// - Returns: `false` where it is absent or empty.
    /// - Throws: When it is not a number, or negative.
    func append(number key: JSONKey, to bytes: inout [UInt8]) throws(InvalidTrade) -> Bool {
        guard let decimal = try number(key), let range = digits(key) else { return false }
        let digits = message.span.extracting(range)
        let isText = message[range.lowerBound - 1] == UInt8(ascii: "\"")
        if isText, (try? validate(digits)) == nil {
            bytes.append(decimal)
        } else {
            digits.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
        }
        return true
    }

    /// Returns the range of a number, or of the content of a text; `nil` where it is absent or empty.
    private func digits(_ key: JSONKey) -> Range<Int>? {
        guard let range = range(key) else { return nil }
        let isText = message.span[unchecked: range.lowerBound] == UInt8(ascii: "\"")
        let digits = isText ? range.lowerBound + 1..<range.upperBound - 1 : range
        return digits.isEmpty ? nil : digits
    }

    @inline(__always)
    private func position(of key: JSONKey) -> Int? {
        let (all, text) = (index.members.span, message.span)
        var position = members.lowerBound
        while position < members.upperBound {
            if all[unchecked: position].isNamed(key, in: text) { return position }
            position &+= 1 &+ all[unchecked: position].children
        }
        return nil
    }
}
