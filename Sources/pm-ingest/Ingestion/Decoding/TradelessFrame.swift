import PMJSON

/// Recognizes frames of the market channel that have no trade, without decoding them.
///
/// Nine of ten frames of that channel are books and price changes. They are only counted, by type, and validating and
/// indexing one takes ten times as long as finding its type: the letter `y` of `event_type` is in no other name or value
/// of these frames, so `memchr(3)` finds it at the speed of memory. A frame of any other form is left to the decoder, and
/// so is one that could mean something else to it. What is inside the lists of a recognized frame is not looked at.
///
/// Source: docs/POLYMARKET.md, "Feeds".
package enum TradelessFrame {
    private static let types: [(text: StaticString, name: String)] = [
        ("price_change", "price_change"), ("book", "book"), ("best_bid_ask", "best_bid_ask"),
        ("tick_size_change", "tick_size_change"),
    ]

    /// Returns the type of a frame that is one object without a trade; `nil` for any other.
    package static func type(of frame: Span<UInt8>) -> String? {
        guard frame.index(of: UInt8(ascii: "\\"), from: 0) == frame.count else { return nil }
        return type(of: frame, Spelling(key: #""event_type":""#, quote: #"""#))
    }

    /// Returns the type of the frame in a line that `--record` wrote; `nil` for any other line.
    package static func type(ofRecorded line: Span<UInt8>) -> String? {
        let start: StaticString = #"{"kind":"frame","received_at":""#
        let feed: StaticString = #"","feed":"market","connection":"#
        let frame: StaticString = #","frame":""#
        let feedStart = start.utf8CodeUnitCount + 24
        var offset = feedStart + feed.utf8CodeUnitCount
        guard line.has(start, at: 0), line.has(feed, at: feedStart) else { return nil }
        while offset < line.count, line[unchecked: offset].isDigit { offset += 1 }
        guard line.has(frame, at: offset), line.has(#""}"#, at: line.count - 2) else { return nil }
        let text = line.extracting(offset + frame.utf8CodeUnitCount..<line.count - 2)
        // An escape inside the frame, other than that of a quote, may spell a key.
        var letter = text.index(of: UInt8(ascii: "u"), from: 0)
        while letter < text.count {
            guard letter > 0, text[letter - 1] != UInt8(ascii: "\\") else { return nil }
            letter = text.index(of: UInt8(ascii: "u"), from: letter + 1)
        }
        return type(of: text, Spelling(key: #"\"event_type\":\""#, quote: #"\""#))
    }

    /// The characters of a frame as they are in a line.
    private struct Spelling {
        /// The key `event_type` up to the first letter of its value.
        let key: StaticString
        let quote: StaticString
        /// The number of bytes before the `y` of the key.
        var beforeY: Int { quote.utf8CodeUnitCount + 7 }
    }

    private static func type(of frame: Span<UInt8>, _ spelling: Spelling) -> String? {
        guard frame.count > 0, frame[0] == UInt8(ascii: "{") else { return nil }
        let key = frame.index(of: UInt8(ascii: "y"), from: 0) - spelling.beforeY
        // A backslash before the quote would mean that the key is inside a text.
        guard key > 0, frame.has(spelling.key, at: key), frame[key - 1] != UInt8(ascii: "\\") else {
            return nil
        }
        let value = key + spelling.key.utf8CodeUnitCount
        for type in types {
            let end = value + type.text.utf8CodeUnitCount
            guard frame.has(type.text, at: value), frame.has(spelling.quote, at: end) else { continue }
            return isOutermost(frame, from: end + spelling.quote.utf8CodeUnitCount) ? type.name : nil
        }
        return nil
    }

    /// True if only members without brackets and one closing brace follow: then the key before is the frame's own.
    private static func isOutermost(_ frame: Span<UInt8>, from start: Int) -> Bool {
        guard frame[frame.count - 1] == UInt8(ascii: "}") else { return false }
        for offset in start..<frame.count - 1 {
            switch frame[unchecked: offset] {
            case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "["), UInt8(ascii: "]"): return false
            default: break
            }
        }
        return true
    }
}

extension Span<UInt8> {
    /// True if `text` is at this offset.
    @inline(__always)
    fileprivate func has(_ text: StaticString, at offset: Int) -> Bool {
        offset >= 0 && offset + text.utf8CodeUnitCount <= count
            && holds(text, at: offset..<offset + text.utf8CodeUnitCount)
    }
}
