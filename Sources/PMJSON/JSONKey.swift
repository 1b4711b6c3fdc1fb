/// The name of a member, with a number that distinguishes most names in one comparison.
@usableFromInline
package struct JSONKey: Sendable, ExpressibleByStringLiteral {
    @usableFromInline package let name: StaticString
    /// The last eight bytes of the name, the first of them lowest; a shorter name is padded with zeros.
    @usableFromInline package let tail: UInt64

    @usableFromInline
    package init(stringLiteral name: StaticString) {
        self.name = name
        tail = name.withUTF8Buffer { $0.span.tail(of: 0..<$0.count) }
    }
}

extension JSONKey: Equatable {
    @usableFromInline
    package static func == (left: JSONKey, right: JSONKey) -> Bool {
        left.tail == right.tail && left.name.description == right.name.description
    }
}

extension Span<UInt8> {
    /// Returns the last eight bytes in `range` as a number; a shorter range is padded with zeros.
    @inline(__always)
    func tail(of range: Range<Int>) -> UInt64 {
        let length = range.upperBound &- range.lowerBound
        guard range.upperBound >= 8, length > 0 else { return shortTail(of: range) }
        let last = word(at: range.upperBound &- 8)
        return length >= 8 ? last : last &>> UInt64(truncatingIfNeeded: 64 &- 8 &* length)
    }

    private func shortTail(of range: Range<Int>) -> UInt64 {
        var tail: UInt64 = 0
        for offset in range.reversed() { tail = tail << 8 | UInt64(self[offset]) }
        return tail
    }
}
