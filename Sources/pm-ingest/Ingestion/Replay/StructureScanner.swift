import PMJSON

/// Finds the pieces of one JSON value that spans lines, as its bytes arrive: the value itself, or, of an array and of a
/// page of the Data API (`{"data":[…],…}`), each element.
///
/// It follows the structure only; the decoder validates each piece.
struct StructureScanner {
    enum Event {
        /// A piece is complete: its range, and true for the first element of an answer. The bytes up to its end are
        /// consumed.
        case piece(Range<Int>, isFirst: Bool)
        /// The whole value is complete; the bytes up to here are consumed.
        case end(Int)
        /// The bytes end inside the value; those before this offset are not needed any more.
        case incomplete(Int)
        case malformed(String)
    }

    private enum Expectation {
        case value, valueOrEnd, key, keyOrEnd, colon, commaOrEnd
    }

    /// The open brackets, outermost first; true for an object. At most 65.
    private var isObject: [Bool] = []
    private var expectation = Expectation.value
    /// The number of open brackets around the elements that are pieces; `nil` while the value itself is one.
    private var elementDepth: Int?
    /// The end of the key that was read last, and its start.
    private var key = 0..<0
    /// The offset from which to scan on.
    private var offset = 0
    /// The offset at which the current piece starts; `nil` between pieces.
    private var pieceStart: Int?
    private var isInString = false
    private var isInScalar = false
    private var hasElements = false
    private var isComplete = false
    /// True inside a piece that was given up.
    private(set) var isDiscarding = false

    /// Gives up the current piece: it is not reported, and its bytes are consumed as they arrive.
    ///
    /// - Returns: The number of bytes to consume now. Backslashes at the end stay, since they may escape the next byte.
    mutating func discardPiece(_ bytes: Span<UInt8>) -> Int {
        isDiscarding = true
        pieceStart = nil
        offset = 0
        var end = bytes.count
        while end > 0, bytes[end - 1] == UInt8(ascii: "\\") { end -= 1 }
        return end
    }

    /// The first bytes of the next call are those after `count`.
    mutating func consumed(_ count: Int) {
        offset -= count
        pieceStart = pieceStart.map { $0 - count }
        key = max(0, key.lowerBound - count)..<max(0, key.upperBound - count)
    }

    /// Scans on, from where the last call ended. `bytes` begins at the first byte that is not consumed.
    mutating func scan(_ bytes: Span<UInt8>) -> Event {
        if isComplete { return .end(offset) }
        while offset < bytes.count {
            if isInString {
                guard let end = endOfString(bytes) else { return incomplete(bytes) }
                offset = end
                isInString = false
                if let event = valueEnded(at: end) { return event }
                continue
            }
            let byte = bytes[offset]
            if isInScalar {
                if byte.isPartOfScalar {
                    offset += 1
                    continue
                }
                isInScalar = false
                if let event = valueEnded(at: offset) { return event }
                continue
            }
            if byte == 0x20 || 0x09...0x0D ~= byte {
                offset += 1
                continue
            }
            if let event = take(byte, bytes) { return event }
        }
        return incomplete(bytes)
    }

    private mutating func take(_ byte: UInt8, _ bytes: Span<UInt8>) -> Event? {
        switch (byte, expectation) {
        case (UInt8(ascii: "{"), .value), (UInt8(ascii: "{"), .valueOrEnd):
            return open(object: true)
        case (UInt8(ascii: "["), .value), (UInt8(ascii: "["), .valueOrEnd):
            // An array of the outermost level, or of a page's `data`, holds pieces.
            let isPage = isObject == [true] && elementDepth == nil && isDataKey(bytes)
            if isObject.isEmpty || isPage {
                elementDepth = isObject.count + 1
                pieceStart = nil
            }
            return open(object: false)
        case (UInt8(ascii: "\""), .value), (UInt8(ascii: "\""), .valueOrEnd):
            beginPiece()
            isInString = true
        case (UInt8(ascii: "\""), .key), (UInt8(ascii: "\""), .keyOrEnd):
            let start = offset
            offset += 1
            guard let end = endOfString(bytes) else {
                offset = start
                return incomplete(bytes)
            }
            key = start..<end
            offset = end
            expectation = .colon
            return nil
        case (UInt8(ascii: ":"), .colon): expectation = .value
        case (UInt8(ascii: ","), .commaOrEnd): expectation = isObject.last == true ? .key : .value
        case (UInt8(ascii: "}"), .commaOrEnd), (UInt8(ascii: "}"), .keyOrEnd):
            return isObject.last == true ? close() : .malformed("unexpected byte")
        case (UInt8(ascii: "]"), .commaOrEnd), (UInt8(ascii: "]"), .valueOrEnd):
            return isObject.last == false ? close() : .malformed("unexpected byte")
        case (_, .value) where byte.isPartOfScalar, (_, .valueOrEnd) where byte.isPartOfScalar:
            beginPiece()
            isInScalar = true
        default: return .malformed("unexpected byte")
        }
        offset += 1
        return nil
    }

    private mutating func open(object: Bool) -> Event? {
        guard isObject.count < 65 else { return .malformed("nested deeper than 64 levels") }
        beginPiece()
        isObject.append(object)
        expectation = object ? .keyOrEnd : .valueOrEnd
        offset += 1
        return nil
    }

    private mutating func close() -> Event? {
        isObject.removeLast()
        offset += 1
        if elementDepth == isObject.count + 1 {
            // The array of the elements has ended; what follows it in a page holds no trades.
            expectation = .commaOrEnd
            elementDepth = .max
            return isObject.isEmpty ? .end(offset) : nil
        }
        return valueEnded(at: offset)
    }

    /// Notes the start of a piece, unless it is inside one.
    private mutating func beginPiece() {
        let depth = elementDepth ?? 0
        if isObject.count == depth, !isDiscarding { pieceStart = offset }
    }

    private mutating func valueEnded(at end: Int) -> Event? {
        expectation = .commaOrEnd
        if isObject.count == elementDepth ?? 0 {
            if isDiscarding, elementDepth != nil {
                isDiscarding = false
                return nil
            }
            if let start = pieceStart {
                defer {
                    pieceStart = nil
                    hasElements = true
                    isComplete = isObject.isEmpty
                    offset = 0
                }
                return .piece(start..<end, isFirst: elementDepth != nil && !hasElements)
            }
        }
        return isObject.isEmpty ? .end(offset) : nil
    }

    private func incomplete(_ bytes: Span<UInt8>) -> Event {
        .incomplete(pieceStart ?? min(offset, bytes.count))
    }

    private func isDataKey(_ bytes: Span<UInt8>) -> Bool { bytes.holds(#""data""#, at: key) }

    /// Returns the offset after the closing quote of the string that ``offset`` is in; `nil` when it has not arrived.
    private func endOfString(_ bytes: Span<UInt8>) -> Int? {
        var quote = bytes.index(of: UInt8(ascii: "\""), from: offset)
        while quote < bytes.count {
            var first = quote
            while first > offset, bytes[first - 1] == UInt8(ascii: "\\") { first -= 1 }
            if (quote - first).isMultiple(of: 2) { return quote + 1 }
            quote = bytes.index(of: UInt8(ascii: "\""), from: quote + 1)
        }
        return nil
    }
}

extension UInt8 {
    fileprivate var isPartOfScalar: Bool {
        isDigit || (self | 0x20) &- 0x61 < 26 || self == UInt8(ascii: "-") || self == UInt8(ascii: "+")
            || self == UInt8(ascii: ".")
    }
}
