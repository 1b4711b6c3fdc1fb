/// Where the members of one JSON object stand in its line.
///
/// Reading proves the structure: one object, nothing after it, members parted by commas, every string closed
/// and every bracket matched, at most 64 deep. What stands inside skipped values is left to ``validate(_:)``.
/// The index is reused from line to line, so that reading allocates nothing.
package struct MemberIndex: Sendable {
    /// One member; the offsets count bytes from the start of the line.
    package struct Member: Sendable {
        private let keyStart: UInt32
        private let keyEnd: UInt32
        private let valueStart: UInt32
        private let valueEnd: UInt32
        /// Of the key as it is written.
        let tail: UInt64
        let keyIsEscaped: Bool

        @inline(__always)
        init(key: Range<Int>, value: Range<Int>, tail: UInt64, keyIsEscaped: Bool) {
            keyStart = UInt32(truncatingIfNeeded: key.lowerBound)
            keyEnd = UInt32(truncatingIfNeeded: key.upperBound)
            valueStart = UInt32(truncatingIfNeeded: value.lowerBound)
            valueEnd = UInt32(truncatingIfNeeded: value.upperBound)
            self.tail = tail
            self.keyIsEscaped = keyIsEscaped
        }

        /// The key's text, without its quotes.
        package var key: Range<Int> { Int(keyStart)..<Int(keyEnd) }
        /// The value, with the quotes of a string and the brackets of an array or object.
        package var value: Range<Int> { Int(valueStart)..<Int(valueEnd) }
    }

    package private(set) var members: [Member] = []
    /// The place of the object's closing brace.
    package private(set) var end = 0

    package init() {
        members.reserveCapacity(48)
    }

    package init(_ line: Span<UInt8>) throws(JSONError) {
        self.init()
        try read(line)
    }

    /// Forgets the last line and notes the members of this one.
    package mutating func read(_ line: Span<UInt8>) throws(JSONError) {
        members.removeAll(keepingCapacity: true)
        let firstBackslash = line.index(of: Byte.backslash, from: 0)
        var place = line.skippingSpace(from: 0)
        guard place < line.count, line[place] == Byte.openBrace else {
            throw JSONError(.notAnObject, at: place)
        }
        place = line.skippingSpace(from: place + 1)
        if place < line.count, line[place] == Byte.closeBrace {
            return try close(line, at: place)
        }
        while true {
            guard place < line.count else { throw JSONError(.unexpectedEnd, at: place) }
            guard line[place] == Byte.quote else { throw JSONError(.unexpectedByte, at: place) }
            let key = place + 1..<(try line.closingQuote(from: place + 1))
            let isPlain = key.upperBound <= firstBackslash || !line.holds(Byte.backslash, in: key)
            place = key.upperBound + 1
            if place < line.count, line[place] != Byte.colon { place = line.skippingSpace(from: place) }
            guard place < line.count, line[place] == Byte.colon else {
                throw JSONError(.unexpectedByte, at: place)
            }
            let start = line.skippingSpace(from: place + 1)
            place = try line.endOfValue(from: start)
            members.append(
                Member(key: key, value: start..<place, tail: line.tail(of: key), keyIsEscaped: !isPlain))
            place = line.skippingSpace(from: place)
            guard place < line.count else { throw JSONError(.unexpectedEnd, at: place) }
            if line[place] == Byte.comma {
                place = line.skippingSpace(from: place + 1)
            } else if line[place] == Byte.closeBrace {
                return try close(line, at: place)
            } else {
                throw JSONError(.unexpectedByte, at: place)
            }
        }
    }

    /// The value of the first member of that name, `nil` when there is none.
    @inline(__always)
    package func value(of key: JSONKey, in line: Span<UInt8>) -> Range<Int>? {
        place(of: key, in: line).map { members[$0].value }
    }

    /// Which member has that name; the first, should there be several.
    package func place(of key: JSONKey, in line: Span<UInt8>) -> Int? {
        for place in members.indices {
            let member = members[place]
            if member.keyIsEscaped {
                if decodedJSONString(line.extracting(member.key)) == key.name.description { return place }
            } else if member.tail == key.tail, line.holds(key.name, at: member.key) {
                return place
            }
        }
        return nil
    }

    private mutating func close(_ line: Span<UInt8>, at brace: Int) throws(JSONError) {
        end = brace
        let rest = line.skippingSpace(from: brace + 1)
        guard rest == line.count else { throw JSONError(.trailingBytes, at: rest) }
    }
}

extension Span<UInt8> {
    fileprivate func holds(_ byte: UInt8, in range: Range<Int>) -> Bool {
        extracting(range).index(of: byte, from: 0) < range.count
    }

    /// The place behind the value that begins at `start`.
    @inline(__always)
    func endOfValue(from start: Int) throws(JSONError) -> Int {
        guard start < count else { throw JSONError(.unexpectedEnd, at: start) }
        switch self[start] {
        case Byte.quote:
            return try closingQuote(from: start + 1) + 1
        case Byte.openBrace, Byte.openBracket:
            return try endOfNested(from: start)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
            var place = start + 1
            while place < count, self[unchecked: place].isPartOfScalar { place += 1 }
            return place
        default:
            throw JSONError(.unexpectedByte, at: start)
        }
    }

    /// The place behind the array or object that begins at `start`.
    private func endOfNested(from start: Int) throws(JSONError) -> Int {
        var nesting = Nesting()
        var place = start
        while place < count {
            switch self[place] {
            case Byte.quote:
                place = try closingQuote(from: place + 1)
            case Byte.openBrace:
                guard nesting.enter(.object) else { throw JSONError(.tooDeep, at: place) }
            case Byte.openBracket:
                guard nesting.enter(.array) else { throw JSONError(.tooDeep, at: place) }
            case Byte.closeBrace:
                guard nesting.leave(.object) else { throw JSONError(.unexpectedByte, at: place) }
                if nesting.depth == 0 { return place + 1 }
            case Byte.closeBracket:
                guard nesting.leave(.array) else { throw JSONError(.unexpectedByte, at: place) }
                if nesting.depth == 0 { return place + 1 }
            default:
                break
            }
            place += 1
        }
        throw JSONError(.unexpectedEnd, at: place)
    }
}

extension UInt8 {
    /// Whether the byte can stand in a number or a literal: a letter, a digit, `+`, `-` or `.`.
    @inline(__always)
    fileprivate var isPartOfScalar: Bool {
        isDigit || (self | 0x20) &- 0x61 < 26 || self == 0x2D || self == 0x2E || self == 0x2B
    }
}

/// Which brackets are open, innermost last: one bit each.
struct Nesting {
    enum Container { case array, object }

    /// The line's own object is one level more than is counted here.
    static let deepest = 64
    private(set) var depth = 0
    private var objects: UInt64 = 0

    mutating func enter(_ container: Container) -> Bool {
        guard depth < Self.deepest else { return false }
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
