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

extension Span<UInt8> {
    /// The last eight bytes in `range` as a number; what is shorter is filled with zeros.
    @inline(__always)
    func tail(of range: Range<Int>) -> UInt64 {
        guard range.upperBound >= 8, !range.isEmpty else { return shortTail(of: range) }
        let last = bytes.unsafeLoadUnaligned(fromByteOffset: range.upperBound &- 8, as: UInt64.self)
            .littleEndian
        return range.count >= 8 ? last : last &>> UInt64(truncatingIfNeeded: 64 &- 8 &* range.count)
    }

    private func shortTail(of range: Range<Int>) -> UInt64 {
        var tail: UInt64 = 0
        for place in range.reversed() { tail = tail << 8 | UInt64(self[place]) }
        return tail
    }
}
