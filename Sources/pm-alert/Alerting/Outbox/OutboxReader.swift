import Glibc
import PMJSON
import PMPipe

/// Reads an outbox file line by line, with the offset of each line. Takes as much memory as the longest line.
struct OutboxReader: ~Copyable {
    enum Line {
        case complete
        /// The file ends without a newline: a crash has cut off the line, or its newline is still to be written.
        case unfinished
        /// Longer than an entry can be. The bytes are its beginning.
        case tooLong
    }

    private let descriptor: CInt
    private let name: String
    private let size: Int
    private var buffer: [UInt8] = []
    /// The offset of `buffer` in the file.
    private var offset = 0

    /// An entry contains a trade's line of up to 1 MiB, whose escapes may double its length.
    private static let longestLine = 4 << 20
    private static let step = 256 << 10

    /// - Parameters:
    ///   - size: The end of the part to read.
    ///   - name: The file's name in errors.
    init(descriptor: CInt, upTo size: Int, name: String) {
        self.descriptor = descriptor
        self.size = size
        self.name = name
    }

    /// Hands over every line without its newline, and its offset. Blank lines are skipped.
    mutating func forEachLine(
        _ body: (Span<UInt8>, _ offset: Int, Line) throws(StageError) -> Void
    ) throws(StageError) {
        var isSkipping = false
        while true {
            let isAtEnd = try !readMore()
            var start = 0
            while start < buffer.count {
                let end = buffer.span.index(of: UInt8(ascii: "\n"), from: start)
                guard end < buffer.count else { break }
                if !isSkipping, end > start {
                    try body(buffer.span.extracting(start..<end), offset + start, .complete)
                }
                isSkipping = false
                start = end + 1
            }
            offset += start
            buffer.removeFirst(start)
            if buffer.count > Self.longestLine {
                if !isSkipping { try body(buffer.span, offset, .tooLong) }
                isSkipping = true
                offset += buffer.count
                buffer.removeAll()
            }
            guard isAtEnd else { continue }
            if !buffer.isEmpty, !isSkipping { try body(buffer.span, offset, .unfinished) }
            return
        }
    }

    /// - Returns: `false` at the end.
    private mutating func readMore() throws(StageError) -> Bool {
        let held = buffer.count
        let wanted = min(Self.step, size - offset - held)
        guard wanted > 0 else { return false }
        buffer.append(contentsOf: repeatElement(0, count: wanted))
        let count = buffer.withUnsafeMutableBytes {
            pread(descriptor, $0.baseAddress! + held, wanted, off_t(offset + held))
        }
        buffer.removeLast(wanted - max(count, 0))
        if count < 0, errno != EINTR { throw .unable(to: "read \(name)") }
        return count != 0
    }
}
