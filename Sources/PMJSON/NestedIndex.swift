/// The members of one object and of the objects directly in it, found in one pass that validates the whole text.
///
/// One pass, because the message of a feed is an envelope around an object, and the simple way walks it four times:
/// ``validate(_:)``, a ``MemberIndex`` of the envelope, a copy of the inner object, and its own index.
@usableFromInline
package struct NestedIndex: Sendable {
    @usableFromInline
    package struct Member: Sendable {
        @usableFromInline let keyStart: UInt32
        @usableFromInline let keyEnd: UInt32
        @usableFromInline let valueStart: UInt32
        @usableFromInline var valueEnd: UInt32 = 0
        /// The last eight bytes of the key; see ``JSONKey``.
        @usableFromInline let tail: UInt64
        @usableFromInline let keyIsEscaped: Bool
        @usableFromInline var childCount: UInt16 = 0

        fileprivate init(key: Range<Int>, valueStart: Int, tail: UInt64, keyIsEscaped: Bool) {
            keyStart = UInt32(truncatingIfNeeded: key.lowerBound)
            keyEnd = UInt32(truncatingIfNeeded: key.upperBound)
            self.valueStart = UInt32(truncatingIfNeeded: valueStart)
            self.tail = tail
            self.keyIsEscaped = keyIsEscaped
        }

        /// The range of the key's text, without its quotes.
        @inlinable package var key: Range<Int> { Range(uncheckedBounds: (Int(keyStart), Int(keyEnd))) }
        /// The range of the value, including the quotes of a string and the brackets of an array or object.
        @inlinable package var value: Range<Int> { Range(uncheckedBounds: (Int(valueStart), Int(valueEnd))) }

        /// The number of members of its value, which follow it in the index; 0 for a value that is not an object.
        @inlinable package var children: Int { Int(childCount) }

        @inlinable
        @inline(__always)
        package func isNamed(_ name: JSONKey, in text: Span<UInt8>) -> Bool {
            keyIsEscaped
                ? decodedJSONString(text.extracting(key)) == name.name.description
                : tail == name.tail && text.holds(name.name, at: key)
        }
    }

    /// The members in the order of the text; those of an inner object follow the member whose value it is.
    package private(set) var members: [Member] = []
    private let firstBackslash: Int

    private init(firstBackslash: Int) {
        self.firstBackslash = firstBackslash
        members.reserveCapacity(Self.room)
    }

    /// Members that the index has room for at first; more would not fit into the allocator's fast sizes.
    private static let room = 30
    /// An object with more members is validated, and its members are not recorded.
    private static let mostChildren = Int(UInt16.max)

    /// Indexes the object that begins at `start`, and checks that it is valid JSON.
    ///
    /// - Returns: The index, and the offset after the object.
    package static func read(
        _ text: Span<UInt8>, from start: Int = 0
    ) throws(JSONError) -> (index: NestedIndex, end: Int) {
        var index = NestedIndex(firstBackslash: text.index(of: Byte.backslash, from: start))
        let offset = text.skippingSpace(from: start)
        guard offset < text.count, text[offset] == Byte.openBrace else {
            throw JSONError(.notAnObject, at: offset)
        }
        let end = try index.object(in: text, at: offset, level: 1)
        return (index, end)
    }

    /// Reads the object whose brace is at `start`. Returns the offset after it.
    private mutating func object(in text: Span<UInt8>, at start: Int, level: Int) throws(JSONError) -> Int {
        var offset = text.skippingSpace(from: start + 1)
        if offset < text.count, text[offset] == Byte.closeBrace { return offset + 1 }
        while true {
            guard offset < text.count else { throw JSONError(.unexpectedEnd, at: offset) }
            guard text[unchecked: offset] == Byte.quote else { throw JSONError(.unexpectedByte, at: offset) }
            let keyStart = offset + 1
            let afterKey = try text.string(from: keyStart)
            let key = keyStart..<afterKey - 1
            offset = text.skippingSpace(from: afterKey)
            guard offset < text.count, text[unchecked: offset] == Byte.colon else {
                throw JSONError(offset < text.count ? .unexpectedByte : .unexpectedEnd, at: offset)
            }
            offset = text.skippingSpace(from: offset + 1)
            let position = members.count
            members.append(
                Member(
                    key: key, valueStart: offset, tail: text.tail(of: key),
                    keyIsEscaped: key.upperBound > firstBackslash
                        && text.extracting(key).index(of: Byte.backslash, from: 0) < key.count))
            offset = try value(in: text, at: offset, level: level, of: position)
            members[position].valueEnd = UInt32(truncatingIfNeeded: offset)
            offset = text.skippingSpace(from: offset)
            guard offset < text.count else { throw JSONError(.unexpectedEnd, at: offset) }
            if text[unchecked: offset] == Byte.closeBrace { return offset + 1 }
            guard text[unchecked: offset] == Byte.comma else { throw JSONError(.unexpectedByte, at: offset) }
            offset = text.skippingSpace(from: offset + 1)
        }
    }

    private mutating func value(
        in text: Span<UInt8>, at start: Int, level: Int, of position: Int
    ) throws(JSONError) -> Int {
        guard start < text.count else { throw JSONError(.unexpectedEnd, at: start) }
        if text[unchecked: start] == Byte.quote { return try text.string(from: start + 1) }
        guard level == 1, text[unchecked: start] == Byte.openBrace else {
            var validator = Validator(inside: level)
            return try validator.value(in: text, from: start)
        }
        let end = try object(in: text, at: start, level: 2)
        let children = members.count - position - 1
        if children <= Self.mostChildren {
            members[position].childCount = UInt16(children)
        } else {
            members.removeSubrange((position + 1)...)
        }
        return end
    }
}
