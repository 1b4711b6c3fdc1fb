/// A member's name, with a number that tells most names apart at once.
package struct JSONKey: Sendable, ExpressibleByStringLiteral {
    package let name: StaticString
    /// The last eight bytes of the name, the first of them lowest; shorter names are filled with zeros.
    let tail: UInt64

    package init(stringLiteral name: StaticString) {
        self.name = name
        tail = name.withUTF8Buffer { $0.span.tail(of: 0..<$0.count) }
    }
}

extension JSONKey: Equatable {
    package static func == (left: JSONKey, right: JSONKey) -> Bool {
        left.tail == right.tail && left.name.description == right.name.description
    }
}

extension Span<UInt8> {
    /// The last eight bytes in `range` as a number; what is shorter is filled with zeros.
    @inline(__always)
    func tail(of range: Range<Int>) -> UInt64 {
        let length = range.upperBound &- range.lowerBound
        guard range.upperBound >= 8, length > 0 else { return shortTail(of: range) }
        let last = word(at: range.upperBound &- 8)
        return length >= 8 ? last : last &>> UInt64(truncatingIfNeeded: 64 &- 8 &* length)
    }

    private func shortTail(of range: Range<Int>) -> UInt64 {
        var tail: UInt64 = 0
        for place in range.reversed() { tail = tail << 8 | UInt64(self[place]) }
        return tail
    }
}
