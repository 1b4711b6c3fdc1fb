/// Returns the byte ranges of an array's elements.
///
/// - Parameter text: One array; only the structure of its elements is checked.
package func elementRanges(of text: Span<UInt8>) throws(JSONError) -> [Range<Int>] {
    var place = text.skippingSpace(from: 0)
    guard place < text.count, text[place] == Byte.openBracket else {
        throw JSONError(.unexpectedByte, at: place)
    }
    place = text.skippingSpace(from: place + 1)
    if place < text.count, text[place] == Byte.closeBracket { return [] }
    var ranges: [Range<Int>] = []
    while true {
        let end = try text.endOfValue(from: place)
        ranges.append(place..<end)
        place = text.skippingSpace(from: end)
        guard place < text.count else { throw JSONError(.unexpectedEnd, at: place) }
        if text[place] == Byte.closeBracket { return ranges }
        guard text[place] == Byte.comma else { throw JSONError(.unexpectedByte, at: place) }
        place = text.skippingSpace(from: place + 1)
    }
}
