import PMJSON

/// Cuts the bytes of a recording into the pieces that ``FrameDecoder`` takes, whatever their layout.
///
/// A recording is a stream of JSON values. Nearly all have one value a line, so a line is tried first and costs one
/// search for its end. A value that goes on after its line, or that is longer than a line may be, is cut by structure: the
/// elements of an array, and those of `data` in a page of the Data API, are pieces of their own. So a page of any size
/// takes no more memory than its largest element.
struct ValueFramer {
    enum Piece {
        /// A line. The receiver returns `false` when its value goes on in the next line.
        case line
        /// A value that was cut out; `isFirst` is true for the first element of an answer.
        case value(isFirst: Bool)
        /// Bytes that are not JSON, with the reason.
        case unreadable(String)
    }

    /// The most bytes of a piece.
    private let longest: Int
    /// The next line to end, counted from 1.
    private(set) var lineNumber = 1
    private var structure: StructureScanner?
    private var isAtStart = true

    init(longest: Int) {
        self.longest = longest
    }

    /// Cuts as many pieces as the bytes complete.
    ///
    /// - Parameters:
    ///   - bytes: Those that were not consumed by the last call, and the new ones.
    ///   - hasEnded: True if no more will come.
    ///   - body: Receives each piece.
    /// - Returns: The number of bytes that are consumed.
    mutating func cut<Failure>(
        _ bytes: Span<UInt8>, hasEnded: Bool,
        _ body: (Piece, Span<UInt8>, _ line: Int) throws(Failure) -> Bool
    ) throws(Failure) -> Int {
        var start = 0
        if isAtStart, bytes.count >= 3 || hasEnded {
            isAtStart = false
            if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { start = 3 }
        }
        while start < bytes.count {
            let consumed =
                structure == nil
                ? try cutLine(bytes, from: start, hasEnded: hasEnded, body)
                : try cutValue(bytes, from: start, hasEnded: hasEnded, body)
            guard let consumed else { break }
            start = consumed
        }
        return start
    }

    /// Cuts one line. Returns the offset after it; `nil` when its end has not arrived.
    private mutating func cutLine<Failure>(
        _ bytes: Span<UInt8>, from start: Int, hasEnded: Bool,
        _ body: (Piece, Span<UInt8>, Int) throws(Failure) -> Bool
    ) throws(Failure) -> Int? {
        let end = bytes.index(of: UInt8(ascii: "\n"), from: start)
        guard end < bytes.count || hasEnded || end - start > longest else { return nil }
        let line = bytes.extracting(start..<end)
        if line.isBlank {
            lineNumber += end < bytes.count ? 1 : 0
            return min(end + 1, bytes.count)
        }
        if end - start <= longest, try body(.line, line, lineNumber) {
            lineNumber += 1
            return min(end + 1, bytes.count)
        }
        structure = StructureScanner()
        return start
    }

    /// Continues with the value that ``structure`` is in. Returns the offset of what is not consumed; `nil` when more
    /// bytes are needed.
    private mutating func cutValue<Failure>(
        _ bytes: Span<UInt8>, from start: Int, hasEnded: Bool,
        _ body: (Piece, Span<UInt8>, Int) throws(Failure) -> Bool
    ) throws(Failure) -> Int? {
        var scanner = structure!
        let event = scanner.scan(bytes.extracting(start...))
        structure = scanner
        switch event {
        case .piece(let range, let isFirst):
            let first = pass(bytes, from: start, to: start + range.lowerBound)
            let piece = bytes.extracting(first..<start + range.upperBound)
            _ =
                piece.count <= longest
                ? try body(.value(isFirst: isFirst), piece, lineNumber)
                : try body(.unreadable("longer than 1 MiB"), piece.extracting(first: 4096), lineNumber)
            return pass(bytes, from: first, to: start + range.upperBound)
        case .end(let offset):
            structure = nil
            return pass(bytes, from: start, to: start + offset)
        case .incomplete(let pending):
            // A piece that is too long is given up; the structure around it is kept.
            if bytes.count - start - pending > longest {
                let isFirst = !scanner.isDiscarding
                let end = structure!.discardPiece(bytes.extracting(start...))
                if isFirst {
                    _ = try body(
                        .unreadable("longer than 1 MiB"),
                        bytes.extracting(start + pending..<start + pending + 4096), lineNumber)
                }
                return pass(bytes, from: start, to: start + end)
            }
            if hasEnded { return try giveUp(bytes, from: start, "unexpected end", body) }
            if pending > 0 {
                structure!.consumed(pending)
                return pass(bytes, from: start, to: start + pending)
            }
            return nil
        case .malformed(let reason):
            return try giveUp(bytes, from: start, reason, body)
        }
    }

    /// Rejects the rest of the first line, and goes on with the line after it.
    private mutating func giveUp<Failure>(
        _ bytes: Span<UInt8>, from start: Int, _ reason: String,
        _ body: (Piece, Span<UInt8>, Int) throws(Failure) -> Bool
    ) throws(Failure) -> Int? {
        structure = nil
        var first = start
        while first < bytes.count, bytes[first] == UInt8(ascii: "\n") {
            first += 1
            lineNumber += 1
        }
        let end = bytes.index(of: UInt8(ascii: "\n"), from: first)
        let line = bytes.extracting(first..<end)
        if !line.isBlank { _ = try body(.unreadable(reason), line.extracting(first: longest), lineNumber) }
        lineNumber += 1
        return min(end + 1, bytes.count)
    }

    /// Counts the lines that end between two offsets. Returns the second one.
    private mutating func pass(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
        var offset = bytes.index(of: UInt8(ascii: "\n"), from: start)
        while offset < end {
            lineNumber += 1
            offset = bytes.index(of: UInt8(ascii: "\n"), from: offset + 1)
        }
        return end
    }
}
