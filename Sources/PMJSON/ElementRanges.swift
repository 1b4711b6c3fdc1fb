/// Returns the byte ranges of an array's elements.
///
/// - Parameter text: One array; only the structure of its elements is checked.
package func elementRanges(of text: Span<UInt8>) throws(JSONError) -> [Range<Int>] {
    var offset = text.skippingSpace(from: 0)
    guard offset < text.count, text[offset] == Byte.openBracket else {
        throw JSONError(.unexpectedByte, at: offset)
    }
    offset = text.skippingSpace(from: offset + 1)
    if offset < text.count, text[offset] == Byte.closeBracket { return [] }
    var ranges: [Range<Int>] = []
    while true {
        let end = try text.endOfValue(from: offset)
        ranges.append(offset..<end)
        offset = text.skippingSpace(from: end)
        guard offset < text.count else { throw JSONError(.unexpectedEnd, at: offset) }
        if text[offset] == Byte.closeBracket { return ranges }
        guard text[offset] == Byte.comma else { throw JSONError(.unexpectedByte, at: offset) }
        offset = text.skippingSpace(from: offset + 1)
    }
}
