/// The byte ranges of the members of one JSON object.
///
/// Reading checks the structure: one object, nothing after it, members separated by commas, every string
/// closed, every bracket matched, at most 64 levels deep. The inside of skipped values is left to
/// ``validate(_:)``. An index is reused from line to line, so that reading allocates nothing.
package struct MemberIndex: Sendable {
    /// One member; offsets count bytes from the start of the line.
    package struct Member: Sendable {
        private let keyStart: UInt32
        private let keyEnd: UInt32
        private let valueStart: UInt32
        private let valueEnd: UInt32
        /// The last eight bytes of the key; see ``JSONKey``.
        package let tail: UInt64
        package let keyIsEscaped: Bool

        @inline(__always)
        init(key: Range<Int>, value: Range<Int>, tail: UInt64, keyIsEscaped: Bool) {
            keyStart = UInt32(truncatingIfNeeded: key.lowerBound)
            keyEnd = UInt32(truncatingIfNeeded: key.upperBound)
            valueStart = UInt32(truncatingIfNeeded: value.lowerBound)
            valueEnd = UInt32(truncatingIfNeeded: value.upperBound)
            self.tail = tail
            self.keyIsEscaped = keyIsEscaped
        }

        package func isNamed(_ name: JSONKey, in line: Span<UInt8>) -> Bool {
            keyIsEscaped
                ? decodedJSONString(line.extracting(key)) == name.name.description
                : tail == name.tail && line.holds(name.name, at: key)
        }

        /// The range of the key's text, without its quotes.
        package var key: Range<Int> { Range(uncheckedBounds: (Int(keyStart), Int(keyEnd))) }
        /// The range of the value, including the quotes of a string and the brackets of an array or object.
        package var value: Range<Int> { Range(uncheckedBounds: (Int(valueStart), Int(valueEnd))) }
    }

    package private(set) var members: [Member] = []
    /// The index of the object's closing brace.
    package private(set) var end = 0
    /// True if any key must be decoded before it can be compared.
    private var hasEscapedKeys = false

    package init() {
        members.reserveCapacity(Self.room)
    }

    package init(_ line: Span<UInt8>) throws(JSONError) {
        self.init()
        try read(line)
    }

    /// Growth of the member array, in members; more would not fit into the allocator's fast sizes.
    private static let room = 30

    /// Replaces the members of the last line by those of this one.
    package mutating func read(_ line: Span<UInt8>) throws(JSONError) {
        members.removeAll(keepingCapacity: true)
        hasEscapedKeys = false
        var offset = line.skippingSpace(from: 0)
        guard offset < line.count, line[offset] == Byte.openBrace else {
            throw JSONError(.notAnObject, at: offset)
        }
        offset = line.skippingSpace(from: offset + 1)
        if offset < line.count, line[offset] == Byte.closeBrace {
            return try close(line, at: offset)
        }
        // Writes straight into the array's memory: an append, with its uniqueness and capacity checks, costs
        // more than a member.
        var reader = MemberReader(line, at: offset)
        while !reader.isDone {
            try members.append(addingCapacity: Self.room) {
                (room: inout OutputSpan<Member>) throws(JSONError) in
                try reader.read(line, into: &room)
            }
        }
        hasEscapedKeys = reader.hasEscapedKeys
        try close(line, at: reader.offset)
    }

    /// Returns the value of the first member with that name; `nil` if there is none.
    @inline(__always)
    package func value(of key: JSONKey, in line: Span<UInt8>) -> Range<Int>? {
        firstIndex(of: key, in: line).map { members[$0].value }
    }

    /// Returns the index of the first member with that name.
    package func firstIndex(of key: JSONKey, in line: Span<UInt8>) -> Int? {
        firstIndex(of: key, in: line, from: 0)
    }

    /// Returns the index of the first member with that name, at or after `start`.
    func firstIndex(of key: JSONKey, in line: Span<UInt8>, from start: Int) -> Int? {
        let members = members.span
        var index = start
        if hasEscapedKeys {
            while index < members.count {
                if members[index].isNamed(key, in: line) { return index }
                index += 1
            }
            return nil
        }
        while index < members.count {
            if members[unchecked: index].tail == key.tail,
                line.holds(key.name, at: members[unchecked: index].key)
            {
                return index
            }
            index &+= 1
        }
        return nil
    }

    private mutating func close(_ line: Span<UInt8>, at brace: Int) throws(JSONError) {
        end = brace
        let rest = line.skippingSpace(from: brace + 1)
        guard rest == line.count else { throw JSONError(.trailingBytes, at: rest) }
    }
}

/// Walks from member to member while there is room to record them.
private struct MemberReader {
    /// Index of the next member's key; of the closing brace once ``isDone``.
    private(set) var offset: Int
    private(set) var isDone = false
    private(set) var hasEscapedKeys = false
    private let firstBackslash: Int

    init(_ line: Span<UInt8>, at offset: Int) {
        self.offset = offset
        firstBackslash = line.index(of: Byte.backslash, from: offset)
    }

    @inline(__always)
    mutating func read(
        _ line: Span<UInt8>, into members: inout OutputSpan<MemberIndex.Member>
    ) throws(JSONError) {
        var offset = offset
        while !members.isFull {
            guard offset < line.count else { throw JSONError(.unexpectedEnd, at: offset) }
            guard line[unchecked: offset] == Byte.quote else { throw JSONError(.unexpectedByte, at: offset) }
            let key = offset + 1..<(try line.nearClosingQuote(from: offset + 1))
            let isEscaped = key.upperBound > firstBackslash && line.holds(Byte.backslash, in: key)
            if isEscaped { hasEscapedKeys = true }
            offset = line.skippingSpace(from: key.upperBound + 1)
            guard offset < line.count, line[unchecked: offset] == Byte.colon else {
                throw JSONError(offset < line.count ? .unexpectedByte : .unexpectedEnd, at: offset)
            }
            let start = line.skippingSpace(from: offset + 1)
            offset = try line.endOfValue(from: start)
            members.append(
                MemberIndex.Member(
                    key: key, value: start..<offset, tail: line.tail(of: key), keyIsEscaped: isEscaped))
            offset = line.skippingSpace(from: offset)
            guard offset < line.count else { throw JSONError(.unexpectedEnd, at: offset) }
            guard line[unchecked: offset] == Byte.comma else {
                guard line[offset] == Byte.closeBrace else { throw JSONError(.unexpectedByte, at: offset) }
                isDone = true
                break
            }
            offset = line.skippingSpace(from: offset + 1)
        }
        self.offset = offset
    }
}

extension Span<UInt8> {
    fileprivate func holds(_ byte: UInt8, in range: Range<Int>) -> Bool {
        extracting(range).index(of: byte, from: 0) < range.count
    }

    /// Returns the index after the value that begins at `start`.
    @inline(__always)
    func endOfValue(from start: Int) throws(JSONError) -> Int {
        guard start < count, self[unchecked: start] == Byte.quote else {
            return try endOfUnquoted(from: start)
        }
        return try closingQuote(from: start + 1) + 1
    }

    /// Returns the index after a value that is not a string and begins at `start`.
    @inline(never)
    private func endOfUnquoted(from start: Int) throws(JSONError) -> Int {
        guard start < count else { throw JSONError(.unexpectedEnd, at: start) }
        switch self[unchecked: start] {
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
            var offset = start + 1
            while offset < count, self[unchecked: offset].isPartOfScalar { offset &+= 1 }
            return offset
        case Byte.openBrace, Byte.openBracket:
            return try endOfNested(from: start)
        default:
            throw JSONError(.unexpectedByte, at: start)
        }
    }

    /// Returns the index after the array or object that begins at `start`.
    private func endOfNested(from start: Int) throws(JSONError) -> Int {
        var nesting = Nesting(depth: 1)
        var offset = start
        while offset < count {
            switch self[offset] {
            case Byte.quote:
                offset = try closingQuote(from: offset + 1)
            case Byte.openBrace:
                guard nesting.enter(.object) else { throw JSONError(.tooDeep, at: offset) }
            case Byte.openBracket:
                guard nesting.enter(.array) else { throw JSONError(.tooDeep, at: offset) }
            case Byte.closeBrace:
                guard nesting.leave(.object) else { throw JSONError(.unexpectedByte, at: offset) }
                if nesting.depth == 1 { return offset + 1 }
            case Byte.closeBracket:
                guard nesting.leave(.array) else { throw JSONError(.unexpectedByte, at: offset) }
                if nesting.depth == 1 { return offset + 1 }
            default:
                break
            }
            offset += 1
        }
        throw JSONError(.unexpectedEnd, at: offset)
    }
}

extension UInt8 {
    /// True if the byte can be part of a number or a literal: a letter, a digit, `+`, `-` or `.`.
    @inline(__always)
    fileprivate var isPartOfScalar: Bool {
        isDigit
            || self != Byte.comma
                && ((self | 0x20) &- 0x61 < 26 || self == 0x2D || self == 0x2E || self == 0x2B)
    }
}

/// The stack of open brackets, innermost last, one bit each.
struct Nesting {
    enum Container { case array, object }

    static let deepest = 64
    private(set) var depth: Int
    private var objects: UInt64 = 0
    private let most: Int

    /// - Parameters:
    ///   - depth: Levels of containers around the text, outside of it.
    ///   - most: Levels that can be entered.
    init(depth: Int = 0, most: Int = deepest) {
        self.depth = depth
        self.most = most
    }

    mutating func enter(_ container: Container) -> Bool {
        guard depth < most else { return false }
        depth += 1
        objects = objects << 1 | (container == .object ? 1 : 0)
        return true
    }

    mutating func leave(_ container: Container) -> Bool {
        guard depth > 0, innermost == container else { return false }
        depth -= 1
        objects >>= 1
        return true
    }

    var innermost: Container? {
        depth == 0 ? nil : objects & 1 == 1 ? .object : .array
    }
}
